import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
/** 1 / (1 + e⁻ˣ) */
export const sigmoidOp = defineUnary({
  name: "sigmoid",
  doc: "1 / (1 + e⁻ˣ)",
  f: (x) => 1 / (1 + Math.exp(-x)),
  vjp: (_x, y, g) => mul(g, mul(y, sub(1, y))),
  range: [-3, 3],
});

/** 1 / (1 + e⁻ˣ), element by element. */
export const sigmoid = unary(sigmoidOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** 1 / (1 + e⁻ˣ), element by element. */
    sigmoid(): Tensor;
  }
}
Tensor.prototype.sigmoid = function (this: Tensor) {
  return sigmoid(this);
};
