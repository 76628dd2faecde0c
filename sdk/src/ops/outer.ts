import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";

/**
 * Every product of an element of a and one of b: yᵢⱼ = aᵢbⱼ.
 *
 * @throws E_SHAPE unless both are vectors; E_DTYPE when the dtypes differ
 * @example outer(tensor([1, 2]), tensor([3, 4])) // [[3, 4], [6, 8]]
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  if (a.rank !== 1 || b.rank !== 1) {
    throw new GradlabError("E_SHAPE", `outer: ${a.toString()} and ${b.toString()} are not two vectors.`, {
      hint: "Flatten them, or use einsum for more axes.",
    });
  }
  return mul(reshape(a, [-1, 1]), reshape(b, [1, -1]));
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Every product of two elements: yᵢⱼ = aᵢbⱼ. */
    outer(other: Tensor): Tensor;
  }
}
Tensor.prototype.outer = function (this: Tensor, other: Tensor) {
  return outer(this, other);
};
