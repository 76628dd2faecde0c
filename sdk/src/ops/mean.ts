import { Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { mul } from "./mul.js";
import { reduceAttrs, type ReduceOptions } from "./reduce.js";
import { sum } from "./sum.js";

/** Mean over axes (all by default): Σ x / n. @example await tensor([1, 2, 6]).mean().item() // 3 */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  const { axes } = reduceAttrs("mean", x.rank, options);
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  return mul(sum(x, options), 1 / count);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Mean over axes (all by default). */
    mean(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.mean = function (this: Tensor, options?: ReduceOptions) {
  return mean(this, options);
};
