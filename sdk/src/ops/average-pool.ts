import { apply, defineOp, fromArray, type Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { cast } from "./cast.js";
import { ones } from "./constant.js";
import { tapsOf } from "./conv-geometry.js";
import { convInput } from "./conv-input.js";
import { POOL_SAMPLES, poolAttrs, pooledShape, type PoolAttrs, type PoolOptions } from "./max-pool.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";

/** The mean under each window, padding counted as zeros. */
export const averagePoolOp = defineOp<PoolAttrs>({
  name: "averagePool",
  doc: "The mean under each window of the spatial axes, padding counted as zeros.",
  traits: ["reduction", "linear"],
  shape: ([x], attrs) => [{ shape: pooledShape("averagePool", x, attrs), dtype: x.dtype }],
  // The transpose of a depthwise convolution with filters of 1/K.
  vjp: ({ inputs: [x], grads: [g], attrs: { kernel, ...window } }) => {
    const channels = x.shape[1];
    const filters = ones([channels, 1, ...kernel], x.dtype);
    const attrs = { ...window, groups: channels };
    return [g && convInput(mul(g, 1 / sizeOf(kernel)), filters, x.shape.slice(2), attrs)];
  },
  reference: ([x], attrs, [{ shape }]) => {
    const y = new Float64Array(sizeOf(shape));
    const [inside, outside] = [x.shape, shape].map((s) => sizeOf(s.slice(2)));
    const taps = tapsOf(x.shape.slice(2), attrs.kernel, shape.slice(2), attrs);
    for (let plane = 0; plane < y.length / outside; plane++)
      for (const [i, , k] of taps)
        y[plane * outside + k] += x.data[plane * inside + i] / sizeOf(attrs.kernel);
    return [y];
  },
  samples: () => POOL_SAMPLES,
});

export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding counts as zeros in the mean; else only elements of x count. Default true. */
  readonly countPadding?: boolean;
}

function averaged(x: Tensor, attrs: PoolAttrs, countPadding: boolean): Tensor {
  const y = apply(averagePoolOp, [x], attrs);
  return countPadding || attrs.padding.every((pad) => pad === 0) ? y : mul(y, undilution(x, y, attrs));
}

/** Window size over the elements of x under the window, for each output position. */
function undilution(x: Tensor, y: Tensor, attrs: PoolAttrs): Tensor {
  const sizes = y.shape.slice(2);
  const counts = new Float64Array(sizeOf(sizes));
  for (const [, , k] of tapsOf(x.shape.slice(2), attrs.kernel, sizes, attrs)) counts[k]++;
  const data = Float32Array.from(counts, (count) => sizeOf(attrs.kernel) / count);
  return cast(fromArray({ dtype: "float32", shape: sizes, data }), x.dtype);
}

/**
 * The mean under each window.
 *
 * @param x      [N, C, L]
 * @param window its length
 * @returns [N, C, L′] with L′ = ⌊(L + 2·padding − window) / stride⌋ + 1
 * @throws E_SHAPE with the shape and the formula of the size; E_CONFIG
 * @source LeCun et al. 1998 (subsampling); values: tests/golden/conv.json
 * @example averagePool1d(tensor([[[1, 3, 2, 4]]]), 2) // [[[2, 3]]]
 */
export const averagePool1d = (x: Tensor, window: number, options: AveragePoolOptions = {}): Tensor =>
  averaged(x, poolAttrs("averagePool1d", 1, window, options), options.countPadding ?? true);

/**
 * The mean under each window over height and width, as {@link averagePool1d}.
 *
 * @param x      [N, C, H, W]
 * @param window its height and width, or one number for both
 * @returns [N, C, H′, W′]
 * @throws E_SHAPE with the shape and the formula of the size; E_CONFIG
 * @example averagePool2d(tensor([[[[1, 2], [3, 4]]]]), 2) // [[[[2.5]]]]
 */
export const averagePool2d = (
  x: Tensor,
  window: number | readonly number[],
  options: AveragePoolOptions = {},
): Tensor => averaged(x, poolAttrs("averagePool2d", 2, window, options), options.countPadding ?? true);

/**
 * The mean over all spatial axes.
 *
 * @param x [N, C, …]
 * @returns [N, C]
 * @source Lin et al. 2013, §3.2
 * @example globalAveragePool(ones([2, 3, 4, 4])).shape // [2, 3]
 */
export const globalAveragePool = (x: Tensor): Tensor =>
  mean(x, { axes: Array.from({ length: x.rank - 2 }, (_, axis) => axis + 2) });
