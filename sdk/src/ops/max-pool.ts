import { applyAll, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sizeOf, type Shape } from "../tensor/index.js";
import { zeros } from "./constant.js";
import { tapsOf, windowAttrs, windowedSizes, type WindowAttrs } from "./conv-geometry.js";
import { reshape } from "./reshape.js";
import { scatterAdd } from "./scatter-add.js";

export type PoolAttrs = WindowAttrs & { readonly kernel: readonly number[] };

/** The largest element under each window, and where it lies; of equal ones the first. */
export const maxPoolOp = defineOp<PoolAttrs>({
  name: "maxPool",
  doc: "The largest element under each window of the spatial axes, and its flat position in x.",
  traits: ["reduction"],
  shape: ([x], attrs) => {
    const shape = pooledShape("maxPool", x, attrs);
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  vjp: ({ inputs: [x], outputs: [, at], grads: [g] }) => [
    g && reshape(scatterAdd(zeros([sizeOf(x.shape)], x.dtype), reshape(at, [-1]), reshape(g, [-1])), x.shape),
  ],
  reference: ([x], attrs, [{ shape }]) => {
    const y = new Float64Array(sizeOf(shape)).fill(-Infinity);
    const at = new Float64Array(y.length);
    const [inside, outside] = [x.shape, shape].map((s) => sizeOf(s.slice(2)));
    const taps = tapsOf(x.shape.slice(2), attrs.kernel, shape.slice(2), attrs);
    for (let plane = 0; plane < y.length / outside; plane++) {
      for (const [i, , k] of taps) {
        const [from, to] = [plane * inside + i, plane * outside + k];
        if (x.data[from] > y[to]) [y[to], at[to]] = [x.data[from], from];
      }
    }
    return [y, at];
  },
  samples: () => POOL_SAMPLES,
});

/** @throws E_SHAPE with the shape, the window and the formula of the size */
export function pooledShape(
  operation: string,
  x: { shape: Shape; dtype: Tensor["dtype"] },
  attrs: PoolAttrs,
): number[] {
  const { kernel, padding } = attrs;
  const window = `[${kernel.join(", ")}]`;
  if (x.shape.length !== kernel.length + 2) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: x is ${specText(x)}; a window ${window} needs [N, C] and ${kernel.length} more axes.`,
    );
  }
  if (padding.some((pad, i) => 2 * pad > kernel[i % kernel.length])) {
    throw new GradlabError(
      "E_CONFIG",
      `${operation}: padding [${padding.slice(0, kernel.length).join(", ")}] is more than half of the window ${window}.`,
    );
  }
  return [...x.shape.slice(0, 2), ...windowedSizes(operation, { x, w: window }, kernel, attrs)];
}

const poolSample = (shape: Shape, kernel: number[], stride: number[], padding: number[]) => ({
  // Values apart from each other, so that none becomes the largest by a small step.
  inputs: [
    {
      shape,
      dtype: "float32" as const,
      values: Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 37) % 101) / 50 - 1),
    },
  ],
  attrs: { kernel, stride, padding: [...padding, ...padding], dilation: kernel.map(() => 1) },
});

export const POOL_SAMPLES = [
  poolSample([2, 3, 5], [2], [2], [0]),
  poolSample([1, 2, 5, 4], [3, 2], [2, 1], [1, 1]),
  poolSample([2, 1, 4, 4], [2, 2], [2, 2], [0, 0]),
];

export interface PoolOptions {
  /** Steps between windows. Default: the window, so that windows do not overlap. */
  readonly stride?: number | readonly number[];
  /** Around each axis, at most half the window. Default 0. */
  readonly padding?: number | readonly number[];
}

/** A window over `axes` axes as attributes. */
export function poolAttrs(
  operation: string,
  axes: number,
  window: number | readonly number[],
  { stride = window, padding = 0 }: PoolOptions,
): PoolAttrs {
  const sizes = typeof window === "number" ? new Array<number>(axes).fill(window) : [...window];
  if (sizes.length !== axes || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
    throw new GradlabError(
      "E_CONFIG",
      `${operation}: the window [${sizes.join(", ")}] must be ${axes} positive integers.`,
    );
  }
  return { kernel: sizes, ...windowAttrs(operation, sizes, { stride, padding }) };
}

/**
 * The largest element under each window; the gradient goes to it (to the first of equal ones). Padding is never
 * the largest.
 *
 * @param x      [N, C, L]
 * @param window its length
 * @returns [N, C, L′] with L′ = ⌊(L + 2·padding − window) / stride⌋ + 1
 * @throws E_SHAPE with the shape and the formula of the size; E_CONFIG
 * @source Riesenhuber and Poggio 1999; values: tests/golden/conv.json
 * @example maxPool1d(tensor([[[1, 3, 2, 4]]]), 2) // [[[3, 4]]]
 */
export const maxPool1d = (x: Tensor, window: number, options: PoolOptions = {}): Tensor =>
  applyAll(maxPoolOp, [x], poolAttrs("maxPool1d", 1, window, options))[0];

/**
 * The largest element under each window over height and width, as {@link maxPool1d}.
 *
 * @param x      [N, C, H, W]
 * @param window its height and width, or one number for both
 * @returns [N, C, H′, W′]
 * @throws E_SHAPE with the shape and the formula of the size; E_CONFIG
 * @example maxPool2d(tensor([[[[1, 2], [3, 4]]]]), 2) // [[[[4]]]]
 */
export const maxPool2d = (x: Tensor, window: number | readonly number[], options: PoolOptions = {}): Tensor =>
  applyAll(maxPoolOp, [x], poolAttrs("maxPool2d", 2, window, options))[0];
