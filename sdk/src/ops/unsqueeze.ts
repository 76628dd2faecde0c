import { Tensor } from "../graph/index.js";
import { normalizeAxis } from "../tensor/index.js";
import { reshape } from "./reshape.js";

/**
 * A new axis of length 1 at a position of the result; negative ones count from its end.
 *
 * @throws E_INDEX for a position outside the new rank
 * @example zeros([2, 3]).unsqueeze(-1).shape // [2, 3, 1]
 */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** A new axis of length 1. */
    unsqueeze(axis: number): Tensor;
  }
}
Tensor.prototype.unsqueeze = function (this: Tensor, axis: number) {
  return unsqueeze(this, axis);
};
