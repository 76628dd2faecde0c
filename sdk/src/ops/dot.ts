import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { mul } from "./mul.js";
import { sum } from "./sum.js";

/**
 * The inner product of two vectors: Σ aᵢbᵢ.
 *
 * @throws E_SHAPE unless both are vectors of one length; E_DTYPE when the dtypes differ
 * @example dot(tensor([1, 2]), tensor([3, 4])) // 11
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.rank !== 1 || !sameShape(a.shape, b.shape)) {
    throw new GradlabError(
      "E_SHAPE",
      `dot: ${a.toString()} and ${b.toString()} are not vectors of one length.`,
      {
        hint: "Use matmul or einsum for more axes.",
      },
    );
  }
  return sum(mul(a, b));
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The inner product of two vectors. */
    dot(other: Tensor): Tensor;
  }
}
Tensor.prototype.dot = function (this: Tensor, other: Tensor) {
  return dot(this, other);
};
