import { Tensor } from "../graph/index.js";
import { normalizeAxis } from "../tensor/index.js";
import { concat } from "./concat.js";
import { slice } from "./slice.js";

/**
 * The elements of an axis moved up by `shift` places; those pushed over the end come in at the start.
 *
 * @throws E_INDEX for an axis outside the rank
 * @example tensor([1, 2, 3, 4]).roll(1) // [4, 1, 2, 3]
 */
export function roll(x: Tensor, shift: number, axis = -1): Tensor {
  const along = normalizeAxis("roll", axis, x.rank);
  const length = x.shape[along];
  const by = length === 0 ? 0 : ((shift % length) + length) % length;
  if (by === 0) return x;
  return concat([slice(x, length - by, length, along), slice(x, 0, length - by, along)], along);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The elements of an axis (the last by default) moved up, round the end. */
    roll(shift: number, axis?: number): Tensor;
  }
}
Tensor.prototype.roll = function (this: Tensor, shift: number, axis?: number) {
  return roll(this, shift, axis);
};
