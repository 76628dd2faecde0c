import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { filledLike } from "./constant.js";
/** −1, 0 or 1 */
export const signOp = defineUnary({
  name: "sign",
  doc: "−1, 0 or 1",
  f: Math.sign,
  vjp: (x) => filledLike(0, x),
  range: [0.2, 2],
  kind: "number",
});

/** −1, 0 or 1, element by element. */
export const sign = unary(signOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** −1, 0 or 1, element by element. */
    sign(): Tensor;
  }
}
Tensor.prototype.sign = function (this: Tensor) {
  return sign(this);
};
