import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { sigmoid } from "./sigmoid.js";

/** ln(1 + eˣ), without overflow */
export const softplusOp = defineUnary({
  name: "softplus",
  doc: "ln(1 + eˣ), without overflow",
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: (x, _y, g) => mul(g, sigmoid(x)),
  range: [-3, 3],
});

/**
 * ln(1 + eˣ), without overflow, element by element.
 *
 * @example softplus(tensor([0, 100])) // [0.6931, 100]
 */
export const softplus = unary(softplusOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ln(1 + eˣ), without overflow, element by element. */
    softplus(): Tensor;
  }
}
Tensor.prototype.softplus = function (this: Tensor) {
  return softplus(this);
};
