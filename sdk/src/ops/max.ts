import { apply, defineOp, Tensor, type VjpContext } from "../graph/index.js";
import { cast } from "./cast.js";
import { div } from "./div.js";
import { equal } from "./equal.js";
import { mul } from "./mul.js";
import {
  foldAxes,
  reduceAttrs,
  reducedShape,
  requireElements,
  type ReduceAttrs,
  type ReduceOptions,
} from "./reduce.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";

/** max x over axes; equal maxima share the gradient. */
export const maxOp = defineOp<ReduceAttrs>({
  name: "max",
  doc: "max x over axes; equal maxima share the gradient.",
  traits: ["reduction"],
  shape: ([x], attrs) => {
    requireElements("max", x, attrs.axes);
    return [{ shape: reducedShape(x.shape, attrs), dtype: x.dtype }];
  },
  vjp: extremePullback,
  reference: ([x], { axes }) => [foldAxes(x.data, x.shape, axes, -Infinity, Math.max)],
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { axes: [2], keepDims: false } },
    { inputs: [{ shape: [2, 3], dtype: "uint32", low: 0, high: 4e9 }], attrs: { axes: [0], keepDims: true } },
    { inputs: [{ shape: [2, 3], dtype: "bfloat16" }], attrs: { axes: [0, 1], keepDims: false } },
  ],
});

/** g, shared among the elements equal to the extreme y. */
export function extremePullback({
  inputs: [x],
  outputs: [y],
  grads: [g],
  attrs,
}: VjpContext<ReduceAttrs>): readonly (Tensor | undefined)[] {
  if (!g) return [];
  const kept = reducedShape(x.shape, { ...attrs, keepDims: true });
  const hit = cast(equal(x, reshape(y, kept)), x.dtype);
  const share = div(hit, sum(hit, { axes: attrs.axes, keepDims: true }));
  return [mul(share, reshape(g, kept))];
}

/**
 * Maximum over axes (all by default). Equal maxima share the gradient.
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE for axes without elements
 * @example await tensor([1, 5, 2]).max().item() // 5
 */
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  apply(maxOp, [x], reduceAttrs("max", x.rank, options));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Maximum over axes (all by default). */
    max(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.max = function (this: Tensor, options?: ReduceOptions) {
  return max(this, options);
};
