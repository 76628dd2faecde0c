import { apply, defineOp, Tensor } from "../graph/index.js";
import { extremePullback } from "./max.js";
import {
  foldAxes,
  reduceAttrs,
  reducedShape,
  requireElements,
  type ReduceAttrs,
  type ReduceOptions,
} from "./reduce.js";

/** min x over axes; equal minima share the gradient. */
export const minOp = defineOp<ReduceAttrs>({
  name: "min",
  doc: "min x over axes; equal minima share the gradient.",
  traits: ["reduction"],
  shape: ([x], attrs) => {
    requireElements("min", x, attrs.axes);
    return [{ shape: reducedShape(x.shape, attrs), dtype: x.dtype }];
  },
  vjp: extremePullback,
  reference: ([x], { axes }) => [foldAxes(x.data, x.shape, axes, Infinity, Math.min)],
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { axes: [2], keepDims: false } },
    { inputs: [{ shape: [2, 3], dtype: "uint32", low: 0, high: 4e9 }], attrs: { axes: [0], keepDims: true } },
    { inputs: [{ shape: [2, 3], dtype: "bfloat16" }], attrs: { axes: [0, 1], keepDims: false } },
  ],
});

/**
 * Minimum over axes (all by default). Equal minima share the gradient.
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE for axes without elements
 * @example await tensor([1, 5, 2]).min().item() // 1
 */
export const min = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  apply(minOp, [x], reduceAttrs("min", x.rank, options));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Minimum over axes (all by default). */
    min(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.min = function (this: Tensor, options?: ReduceOptions) {
  return min(this, options);
};
