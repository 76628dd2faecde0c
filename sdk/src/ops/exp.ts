import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
/** eˣ */
export const expOp = defineUnary({
  name: "exp",
  doc: "eˣ",
  f: Math.exp,
  vjp: (_x, y, g) => mul(g, y),
  range: [-2, 2],
});

/** eˣ, element by element. */
export const exp = unary(expOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** eˣ, element by element. */
    exp(): Tensor;
  }
}
Tensor.prototype.exp = function (this: Tensor) {
  return exp(this);
};
