import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";

/** −x */
export const negOp = defineUnary({
  name: "neg",
  doc: "−x",
  f: (x) => -x,
  vjp: (_x, _y, g) => neg(g),
  range: [-2, 2],
  kind: "number",
});

/** −x, element by element. */
export const neg = unary(negOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** −x, element by element. */
    neg(): Tensor;
  }
}
Tensor.prototype.neg = function (this: Tensor) {
  return neg(this);
};
