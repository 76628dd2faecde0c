import { Tensor } from "../graph/index.js";
import { sqrt } from "./sqrt.js";
import { variance, type VarianceOptions } from "./variance.js";

/**
 * Standard deviation over axes (all by default): √variance. Its gradient is NaN where all elements are equal.
 *
 * @throws as variance does
 * @example await tensor([1, 3]).std().item() // 1
 */
export const std = (x: Tensor, options: VarianceOptions = {}): Tensor => sqrt(variance(x, options));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Standard deviation over axes (all by default). */
    std(options?: VarianceOptions): Tensor;
  }
}
Tensor.prototype.std = function (this: Tensor, options?: VarianceOptions) {
  return std(this, options);
};
