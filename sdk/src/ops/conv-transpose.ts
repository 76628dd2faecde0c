import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { windowAttrs } from "./conv-geometry.js";
import { convInput } from "./conv-input.js";
import { add } from "./add.js";
import { reshape } from "./reshape.js";

export interface ConvTransposeOptions {
  /** [O], added to every position of its channel. */
  readonly bias?: Tensor;
  readonly groups?: number;
  /** Steps between the windows that are written; the output grows by it. Default 1. */
  readonly stride?: number | readonly number[];
  /** Elements cut off around each axis. Default 0. */
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  /** Elements added at the end of each axis, fewer than the stride. Default 0. */
  readonly outputPadding?: number | readonly number[];
}

function transposed(
  operation: string,
  x: Tensor,
  weight: Tensor,
  axes: number,
  { bias, groups = 1, outputPadding = 0, ...window }: ConvTransposeOptions,
): Tensor {
  const kernel = weight.shape.slice(2);
  if (x.rank !== axes + 2 || weight.rank !== axes + 2 || x.shape[1] !== weight.shape[0]) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: x ${x.toString()} and weight ${weight.toString()} do not fit; expected [N, C, …] and [C, O / groups, …] with ${axes + 2} axes.`,
    );
  }
  const attrs = { ...windowAttrs(operation, kernel, window), groups };
  const { stride, padding, dilation } = attrs;
  const sizes = kernel.map((size, axis) => {
    const extra = typeof outputPadding === "number" ? outputPadding : outputPadding[axis];
    if (!(Number.isInteger(extra) && extra >= 0 && extra < stride[axis])) {
      throw new GradlabError(
        "E_CONFIG",
        `${operation}: outputPadding ${extra} must be a whole number below the stride ${stride[axis]}.`,
      );
    }
    return (
      (x.shape[axis + 2] - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (size - 1) + extra + 1
    );
  });
  const y = convInput(x, weight, sizes, attrs);
  return bias ? add(y, reshape(bias, [1, -1, ...kernel.map(() => 1)])) : y;
}

/**
 * One-dimensional transposed convolution: every element of x writes its filter, scaled, into the output, `stride`
 * apart; what overlaps adds up. It is the gradient of {@link conv1d} with respect to its input.
 *
 * @param x      [N, C, L]
 * @param weight [C, O / groups, K]
 * @returns [N, O, L′] with L′ = (L − 1)·stride − 2·padding + dilation·(K − 1) + outputPadding + 1
 * @throws E_SHAPE with both shapes; E_CONFIG
 * @source Zeiler et al. 2010; values: tests/golden/conv.json
 * @example convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 1]]]), { stride: 2 }) // [[[1, 1, 2, 2]]]
 */
export const convTranspose1d = (x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor =>
  transposed("convTranspose1d", x, weight, 1, options);

/**
 * Two-dimensional transposed convolution, as {@link convTranspose1d} over height and width.
 *
 * @param x      [N, C, H, W]
 * @param weight [C, O / groups, KH, KW]
 * @returns [N, O, H′, W′]
 * @throws E_SHAPE with both shapes; E_CONFIG
 * @source Zeiler et al. 2010; values: tests/golden/conv.json
 * @example convTranspose2d(ones([1, 1, 2, 2]), ones([1, 1, 2, 2]), { stride: 2 }).shape // [1, 1, 4, 4]
 */
export const convTranspose2d = (x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor =>
  transposed("convTranspose2d", x, weight, 2, options);
