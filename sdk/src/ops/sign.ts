import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
/** −1, 0 or 1 */
export const signOp = defineUnary({
  name: "sign",
  doc: "−1, 0 or 1",
  f: Math.sign,
  vjp: (x) => mul(x, 0),
  range: [0.2, 2],
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
