import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { expand } from "./expand.js";
import { reshape } from "./reshape.js";

/**
 * The whole tensor side by side, `repeats[i]` times along axis i (counted from the last when there are fewer).
 *
 * @throws E_SHAPE unless repeats are whole numbers above 0, no more than axes
 * @example tensor([[1, 2]]).tile([2, 2]) // [[1, 2, 1, 2], [1, 2, 1, 2]]
 */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length > x.rank || repeats.some((times) => !Number.isInteger(times) || times < 1)) {
    throw new GradlabError("E_SHAPE", `tile: ${x.toString()} cannot be laid [${repeats.join(", ")}] times.`, {
      hint: "Give a whole number above 0 for each axis; unsqueeze makes more axes.",
    });
  }
  const times = [...new Array<number>(x.rank - repeats.length).fill(1), ...repeats];
  const apart = x.shape.flatMap((dim) => [1, dim]);
  const wide = x.shape.flatMap((dim, axis) => [times[axis], dim]);
  return reshape(
    expand(reshape(x, apart), wide),
    x.shape.map((dim, axis) => dim * times[axis]),
  );
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The whole tensor side by side, repeats[i] times along axis i. */
    tile(repeats: readonly number[]): Tensor;
  }
}
Tensor.prototype.tile = function (this: Tensor, repeats: readonly number[]) {
  return tile(this, repeats);
};
