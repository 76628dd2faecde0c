import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { reduceAttrs, reducedShape } from "./reduce.js";
import { reshape } from "./reshape.js";

/**
 * The same values without axes of length 1: the given ones, or all there are.
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE for one that is longer
 * @example zeros([1, 3, 1]).squeeze(-1).shape // [1, 3]
 */
export function squeeze(x: Tensor, axes?: number | readonly number[]): Tensor {
  const short = x.shape.map((_, axis) => axis).filter((axis) => x.shape[axis] === 1);
  const attrs = reduceAttrs("squeeze", x.rank, { axes: axes ?? short });
  const long = attrs.axes.find((axis) => x.shape[axis] !== 1);
  if (long !== undefined) {
    throw new GradlabError(
      "E_SHAPE",
      `squeeze: axis ${long} of ${x.toString()} has ${x.shape[long]} elements, not 1.`,
      {
        hint: "Only axes of length 1 can go; select or reduce longer ones.",
      },
    );
  }
  return reshape(x, reducedShape(x.shape, attrs));
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The same values without axes of length 1. */
    squeeze(axes?: number | readonly number[]): Tensor;
  }
}
Tensor.prototype.squeeze = function (this: Tensor, axes?: number | readonly number[]) {
  return squeeze(this, axes);
};
