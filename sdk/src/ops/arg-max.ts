import { apply, defineOp, Tensor, type Sample } from "../graph/index.js";
import { normalizeAxis, stridesOf, type Shape } from "../tensor/index.js";
import { reducedShape, requireElements, type AxisOptions } from "./reduce.js";
import { reshape } from "./reshape.js";

export type AxisAttrs = { readonly axis: number; readonly keepDims: boolean };

/** The first position along an axis that no later one beats. */
export function extremeAt(
  data: Float64Array,
  shape: Shape,
  axis: number,
  beats: (value: number, best: number) => boolean,
): Float64Array {
  const inner = stridesOf(shape)[axis];
  return Float64Array.from({ length: data.length / shape[axis] }, (_, row) => {
    const start = Math.floor(row / inner) * inner * shape[axis] + (row % inner);
    let best = 0;
    for (let i = 1; i < shape[axis]; i++)
      if (beats(data[start + i * inner], data[start + best * inner])) best = i;
    return best;
  });
}

export const extremeSamples = (): Sample<AxisAttrs>[] => [
  {
    inputs: [{ shape: [2, 4], dtype: "float32", values: [1, 3, 3, 0, 2, 2, -1, -1] }],
    attrs: { axis: 1, keepDims: false },
  },
  { inputs: [{ shape: [2, 3, 2], dtype: "float32" }], attrs: { axis: 1, keepDims: true } },
  { inputs: [{ shape: [3, 2], dtype: "int32", low: -9, high: 9 }], attrs: { axis: 0, keepDims: false } },
  {
    inputs: [{ shape: [4], dtype: "uint32", values: [1, 4294967295, 2147483648, 7] }],
    attrs: { axis: 0, keepDims: true },
  },
];

/** The index of the largest along an axis; the first of equal ones. */
export const argMaxOp = defineOp<AxisAttrs>({
  name: "argMax",
  doc: "The index of the largest along an axis; the first of equal ones.",
  traits: ["reduction"],
  shape: ([x], { axis, keepDims }) => {
    requireElements("argMax", x, [axis]);
    return [{ shape: reducedShape(x.shape, { axes: [axis], keepDims }), dtype: "int32" }];
  },
  vjp: { nondifferentiable: "a position has no derivative" },
  reference: ([x], { axis }) => [
    extremeAt(
      x.data.map((value) => (Number.isNaN(value) ? Infinity : value)),
      x.shape,
      axis,
      (value, best) => value > best,
    ),
  ],
  samples: extremeSamples,
});

/**
 * The index of the largest along an axis, int32; the first of equal ones. NaN counts as +∞, so that its place is given,
 * as `max` gives NaN (not on WebGPU). Without an axis the index into all elements, row by row.
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE for an axis without elements
 * @example tensor([[1, 5, 5], [2, 0, 1]]).argMax({ axis: 1 }) // [1, 0]
 */
export function argMax(x: Tensor, { axis, keepDims = false }: AxisOptions = {}): Tensor {
  const rows = axis === undefined ? reshape(x, [-1]) : x;
  const index = apply(argMaxOp, [rows], { axis: normalizeAxis("argMax", axis ?? 0, rows.rank), keepDims });
  return axis === undefined && keepDims ? reshape(index, new Array<number>(x.rank).fill(1)) : index;
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The index of the largest along an axis (of all elements by default), int32. */
    argMax(options?: AxisOptions): Tensor;
  }
}
Tensor.prototype.argMax = function (this: Tensor, options?: AxisOptions) {
  return argMax(this, options);
};
