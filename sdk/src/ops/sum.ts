import { apply, defineOp, Tensor } from "../graph/index.js";
import { expand } from "./expand.js";
import { foldAxes, reduceAttrs, reducedShape, type ReduceAttrs, type ReduceOptions } from "./reduce.js";
import { reshape } from "./reshape.js";

/** Σ x over axes. */
export const sumOp = defineOp<ReduceAttrs>({
  name: "sum",
  doc: "Σ x over axes.",
  traits: ["reduction", "linear"],
  defaults: { keepDims: false },
  shape: ([x], attrs) => [{ shape: reducedShape(x.shape, attrs), dtype: x.dtype }],
  vjp: ({ inputs: [x], grads: [g], attrs }) => [
    g && expand(reshape(g, reducedShape(x.shape, { ...attrs, keepDims: true })), x.shape),
  ],
  reference: ([x], { axes }) => [foldAxes(x.data, x.shape, axes, 0, (total, value) => total + value)],
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { axes: [1], keepDims: false } },
    { inputs: [{ shape: [2, 3], dtype: "float32" }], attrs: { axes: [0, 1], keepDims: true } },
  ],
});

/**
 * Sum over axes (all by default).
 *
 * @throws E_INDEX for an axis outside the rank
 * @example await tensor([[1, 2], [3, 4]]).sum({ axes: 0 }).data() // [4, 6]
 */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  const attrs = reduceAttrs("sum", x.rank, options);
  return attrs.axes.length === 0 ? x : apply(sumOp, [x], attrs);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Sum over axes (all by default). */
    sum(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.sum = function (this: Tensor, options?: ReduceOptions) {
  return sum(this, options);
};
