import { apply, defineOp, Tensor } from "../graph/index.js";
import { normalizeAxis } from "../tensor/index.js";
import { extremeAt, extremeSamples, type AxisAttrs } from "./arg-max.js";
import { reducedShape, requireElements, type AxisOptions } from "./reduce.js";
import { reshape } from "./reshape.js";

/** The index of the smallest along an axis; the first of equal ones. */
export const argMinOp = defineOp<AxisAttrs>({
  name: "argMin",
  doc: "The index of the smallest along an axis; the first of equal ones.",
  traits: ["reduction"],
  shape: ([x], { axis, keepDims }) => {
    requireElements("argMin", x, [axis]);
    return [{ shape: reducedShape(x.shape, { axes: [axis], keepDims }), dtype: "int32" }];
  },
  vjp: { nondifferentiable: "a position has no derivative" },
  reference: ([x], { axis }) => [
    extremeAt(
      x.data.map((value) => (Number.isNaN(value) ? -Infinity : value)),
      x.shape,
      axis,
      (value, best) => value < best,
    ),
  ],
  samples: extremeSamples,
});

/**
 * The index of the smallest along an axis, int32; the first of equal ones. NaN counts as −∞, so that its place is given,
 * as `min` gives NaN (not on WebGPU). Without an axis the index into all elements, row by row.
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE for an axis without elements
 * @example tensor([[1, 5, 5], [2, 0, 1]]).argMin({ axis: 1 }) // [0, 1]
 */
export function argMin(x: Tensor, { axis, keepDims = false }: AxisOptions = {}): Tensor {
  const rows = axis === undefined ? reshape(x, [-1]) : x;
  const index = apply(argMinOp, [rows], { axis: normalizeAxis("argMin", axis ?? 0, rows.rank), keepDims });
  return axis === undefined && keepDims ? reshape(index, new Array<number>(x.rank).fill(1)) : index;
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The index of the smallest along an axis (of all elements by default), int32. */
    argMin(options?: AxisOptions): Tensor;
  }
}
Tensor.prototype.argMin = function (this: Tensor, options?: AxisOptions) {
  return argMin(this, options);
};
