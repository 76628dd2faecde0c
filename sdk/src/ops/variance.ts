import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sizeOf } from "../tensor/index.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { reduceAttrs, type ReduceOptions } from "./reduce.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

export interface VarianceOptions extends ReduceOptions {
  /** Subtracted from the number of elements that the sum is divided by: 1 for an unbiased estimate. Default 0. */
  readonly correction?: number;
}

/**
 * Variance over axes (all by default): Σ (x − mean)² / (n − correction).
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE when no more than `correction` elements are folded
 * @example await tensor([1, 2, 3, 4]).variance().item() // 1.25
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  const { correction = 0, keepDims } = options;
  const { axes } = reduceAttrs("variance", x.rank, options);
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  if (count <= correction) {
    throw new GradlabError(
      "E_SHAPE",
      `variance: ${count} elements of ${x.toString()} with correction ${correction}.`,
      {
        hint: "Fold more elements, or pass a smaller correction.",
      },
    );
  }
  const deviation = sub(x, mean(x, { axes, keepDims: true }));
  return mul(sum(square(deviation), { axes, keepDims }), 1 / (count - correction));
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Variance over axes (all by default): Σ (x − mean)² / (n − correction). */
    variance(options?: VarianceOptions): Tensor;
  }
}
Tensor.prototype.variance = function (this: Tensor, options?: VarianceOptions) {
  return variance(this, options);
};
