import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";

/**
 * What to take of one axis: a position, which removes the axis; `[start, end]`, of which either may be null;
 * null for all of it. Negative numbers count from the end.
 */
export type Index = number | null | readonly [start: number | null, end: number | null];

/**
 * Part of a tensor, axis by axis from the first; axes that are not named are kept whole. Lazy and
 * differentiable, like everything made of ops.
 *
 * @throws E_INDEX for a position outside its axis, a range that ends before it starts, or more indices than axes
 * @example
 * const x = tensor([[1, 2, 3], [4, 5, 6]]);
 * await x.at(0).data(); // [1, 2, 3]
 * await x.at(-1, 2).data(); // [6]
 * await x.at(null, [1, null]).data(); // [2, 3, 5, 6]
 */
export function at(x: Tensor, ...indices: readonly Index[]): Tensor {
  if (indices.length > x.rank) {
    throw new GradlabError(
      "E_INDEX",
      `at: ${indices.length} indices for the ${x.rank} axes of ${x.toString()}.`,
    );
  }
  const ranges = indices.map((index, axis) => rangeOf(x, index, axis));
  const part = ranges.reduce<Tensor>((rest, range, axis) => (range ? slice(rest, ...range, axis) : rest), x);
  const shape = part.shape.filter((_, axis) => typeof indices[axis] !== "number");
  return sameShape(shape, part.shape) ? part : reshape(part, shape);
}

/** Where an axis is cut: a position is a range of length 1; undefined keeps the axis whole. */
function rangeOf(x: Tensor, index: Index, axis: number): [start: number, end: number] | undefined {
  if (index === null) return undefined;
  const length = x.shape[axis];
  if (typeof index !== "number") return [index[0] ?? 0, index[1] ?? length];
  const place = index < 0 ? index + length : index;
  if (!Number.isInteger(index) || place < 0 || place >= length) {
    throw new GradlabError("E_INDEX", `at: position ${index} is outside axis ${axis} of ${x.toString()}.`, {
      hint: `Positions of this axis go from 0 to ${length - 1}, or from −${length} to −1.`,
    });
  }
  return [place, place + 1];
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Part of it: a position or a [start, end] for each axis, from the first; null takes all of one. */
    at(...indices: readonly Index[]): Tensor;
    /** All axes in reverse order: the transpose of a matrix. */
    readonly T: Tensor;
  }
}
Tensor.prototype.at = function (this: Tensor, ...indices: readonly Index[]) {
  return at(this, ...indices);
};
Object.defineProperty(Tensor.prototype, "T", {
  configurable: true,
  get(this: Tensor) {
    return this.rank < 2 ? this : this.transpose(this.shape.map((_, axis) => this.rank - 1 - axis));
  },
});
