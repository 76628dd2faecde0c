import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis } from "../tensor/index.js";
import { expand } from "./expand.js";
import { reshape } from "./reshape.js";

/**
 * Each slice of an axis `times` times in a row (NumPy's repeat, PyTorch's repeat_interleave).
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE unless `times` is a whole number above 0
 * @example tensor([1, 2]).repeat(2) // [1, 1, 2, 2]
 */
export function repeat(x: Tensor, times: number, axis = 0): Tensor {
  const at = normalizeAxis("repeat", axis, x.rank) + 1;
  if (!Number.isInteger(times) || times < 1) {
    throw new GradlabError("E_SHAPE", `repeat: ${x.toString()} cannot be repeated ${times} times.`, {
      hint: "Give a whole number above 0.",
    });
  }
  const [before, after] = [x.shape.slice(0, at), x.shape.slice(at)];
  const wide = expand(reshape(x, [...before, 1, ...after]), [...before, times, ...after]);
  return reshape(wide, [...before.slice(0, -1), before[at - 1] * times, ...after]);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Each slice of an axis (the first by default) several times in a row. */
    repeat(times: number, axis?: number): Tensor;
  }
}
Tensor.prototype.repeat = function (this: Tensor, times: number, axis?: number) {
  return repeat(this, times, axis);
};
