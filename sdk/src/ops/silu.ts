import { Tensor } from "../graph/index.js";
import { add } from "./add.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sigmoid } from "./sigmoid.js";
import { sub } from "./sub.js";

/** x · σ(x). */
export const siluOp = defineUnary({
  name: "silu",
  doc: "x · σ(x)",
  f: (x) => x / (1 + Math.exp(-x)),
  // σ + y(1 − σ): the forward result stands in for x·σ.
  vjp: (x, y, g) => {
    const s = sigmoid(x);
    return mul(g, add(s, mul(y, sub(1, s))));
  },
  range: [-3, 3],
});

/**
 * SiLU (swish): x · σ(x).
 *
 * @source Elfwing et al. 2017; values: tests/golden/layers.json
 */
export const silu = unary(siluOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** x · σ(x), element by element. */
    silu(): Tensor;
  }
}
Tensor.prototype.silu = function (this: Tensor) {
  return silu(this);
};
