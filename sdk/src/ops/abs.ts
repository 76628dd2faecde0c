import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sign } from "./sign.js";
/** |x| */
export const absOp = defineUnary({
  name: "abs",
  doc: "|x|",
  f: Math.abs,
  vjp: (x, _y, g) => mul(g, sign(x)),
  range: [0.2, 2],
  kind: "number",
});

/** |x|, element by element. */
export const abs = unary(absOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** |x|, element by element. */
    abs(): Tensor;
  }
}
Tensor.prototype.abs = function (this: Tensor) {
  return abs(this);
};
