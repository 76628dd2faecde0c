import { Tensor } from "../graph/index.js";
import { normalizeAxis } from "../tensor/index.js";
import { transpose } from "./transpose.js";

/**
 * Two axes exchanged; negative ones count from the end.
 *
 * @throws E_INDEX for an axis outside the rank
 * @example zeros([2, 3, 4]).swapAxes(0, -1).shape // [4, 3, 2]
 */
export function swapAxes(x: Tensor, a: number, b: number): Tensor {
  const [first, second] = [a, b].map((axis) => normalizeAxis("swapAxes", axis, x.rank));
  if (first === second) return x;
  const order = x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis));
  return transpose(x, order);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Two axes exchanged. */
    swapAxes(a: number, b: number): Tensor;
  }
}
Tensor.prototype.swapAxes = function (this: Tensor, a: number, b: number) {
  return swapAxes(this, a, b);
};
