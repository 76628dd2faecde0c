import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import type { DType } from "../tensor/index.js";
import { tensor } from "./tensor.js";

/**
 * `count` numbers at equal distances from start to end, both included: each rounded once.
 *
 * @throws E_SHAPE unless count is a whole number above 0
 * @example linspace(0, 1, 5) // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, end: number, count: number, dtype: DType = "float32"): Tensor {
  if (!Number.isInteger(count) || count < 1) {
    throw new GradlabError("E_SHAPE", `linspace: cannot lay ${count} points from ${start} to ${end}.`, {
      hint: "Give a whole number of points above 0.",
    });
  }
  const at = (i: number): number => (count === 1 ? start : start + ((end - start) * i) / (count - 1));
  return tensor(
    Array.from({ length: count }, (_, i) => at(i)),
    { dtype },
  );
}
