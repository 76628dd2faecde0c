import { Tensor } from "../graph/index.js";
import { neg } from "./neg.js";
import { softplus } from "./softplus.js";

/**
 * ln σ(x) = −ln(1 + e⁻ˣ), without overflow, element by element.
 *
 * @example tensor([0, -100]).logSigmoid() // [-0.6931, -100]
 */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ln σ(x) = −ln(1 + e⁻ˣ), without overflow, element by element. */
    logSigmoid(): Tensor;
  }
}
Tensor.prototype.logSigmoid = function (this: Tensor) {
  return logSigmoid(this);
};
