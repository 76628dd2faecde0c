import { Tensor } from "../graph/index.js";
import { normalizeAxis } from "../tensor/index.js";
import { reshape } from "./reshape.js";

/**
 * Axes start … end, both included, as one (all by default); negative ones count from the end.
 *
 * @throws E_INDEX for an axis outside the rank
 * @example zeros([2, 3, 4]).flatten(1).shape // [2, 12]
 */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.rank === 0) return reshape(x, [1]);
  const from = normalizeAxis("flatten", start, x.rank);
  const to = normalizeAxis("flatten", end, x.rank);
  const joined = x.shape.slice(from, to + 1).reduce((size, dim) => size * dim, 1);
  return to <= from ? x : reshape(x, [...x.shape.slice(0, from), joined, ...x.shape.slice(to + 1)]);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Axes start … end as one (all by default). */
    flatten(start?: number, end?: number): Tensor;
  }
}
Tensor.prototype.flatten = function (this: Tensor, start?: number, end?: number) {
  return flatten(this, start, end);
};
