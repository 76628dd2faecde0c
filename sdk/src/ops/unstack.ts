import { Tensor } from "../graph/index.js";
import { normalizeAxis } from "../tensor/index.js";
import { split } from "./split.js";
import { squeeze } from "./squeeze.js";

/**
 * The slices of an axis (the first by default) as tensors without it.
 *
 * @throws E_INDEX for an axis outside the rank
 * @example unstack(zeros([2, 3])).map((row) => row.shape) // [[3], [3]]
 */
export function unstack(x: Tensor, axis = 0): Tensor[] {
  const along = normalizeAxis("unstack", axis, x.rank);
  const ones = new Array<number>(x.shape[along]).fill(1);
  return split(x, ones, along).map((slice) => squeeze(slice, along));
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The slices of an axis as tensors without it. */
    unstack(axis?: number): Tensor[];
  }
}
Tensor.prototype.unstack = function (this: Tensor, axis?: number) {
  return unstack(this, axis);
};
