import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
/** tanh x */
export const tanhOp = defineUnary({
  name: "tanh",
  doc: "tanh x",
  f: Math.tanh,
  vjp: (_x, y, g) => mul(g, sub(1, mul(y, y))),
  range: [-2, 2],
});

/** tanh x, element by element. */
export const tanh = unary(tanhOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** tanh x, element by element. */
    tanh(): Tensor;
  }
}
Tensor.prototype.tanh = function (this: Tensor) {
  return tanh(this);
};
