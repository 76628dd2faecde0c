import { apply, defineOp, Tensor } from "../graph/index.js";
import { isFloat } from "../tensor/index.js";
import { cast } from "./cast.js";
import { div } from "./div.js";
import { equal } from "./equal.js";
import { requireKind } from "./kind.js";
import { mul } from "./mul.js";
import { foldAxes, reduceAttrs, reducedShape, type ReduceAttrs, type ReduceOptions } from "./reduce.js";
import { reshape } from "./reshape.js";
import { sum } from "./sum.js";
import { where } from "./where.js";

/** ∏ x over axes. */
export const prodOp = defineOp<ReduceAttrs>({
  name: "prod",
  doc: "∏ x over axes.",
  traits: ["reduction"],
  shape: ([x], attrs) => {
    requireKind("prod", [x], "number");
    return [{ shape: reducedShape(x.shape, attrs), dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g], attrs: { axes } }) => {
    if (!g) return [];
    const kept = { axes, keepDims: true };
    return [mul(productOfOthers(x, axes), reshape(g, reducedShape(x.shape, kept)))];
  },
  reference: ([x], { axes }) => [
    foldAxes(x.data, x.shape, axes, 1, isFloat(x.dtype) ? (total, value) => total * value : Math.imul),
  ],
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { axes: [1], keepDims: false } },
    {
      inputs: [{ shape: [3, 3], dtype: "float32", values: [1, 0, 2, 0, 3, 0, 2, -1, 0.5] }],
      attrs: { axes: [1], keepDims: true },
    },
    {
      inputs: [{ shape: [2, 3], dtype: "int32", low: -9, high: 9 }],
      attrs: { axes: [0, 1], keepDims: false },
    },
  ],
});

/** For each element the product of all others, right where one of them or several are 0. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const zero = equal(x, 0);
  const zeros = sum(cast(zero, x.dtype), { axes, keepDims: true });
  const filled = where(zero, 1, x);
  const rest = prod(filled, { axes, keepDims: true });
  const alone = where(equal(zeros, 1), rest, 0);
  return where(zero, alone, where(equal(zeros, 0), div(rest, filled), 0));
}

/**
 * Product over axes (all by default). Its gradient is right where elements are 0; second derivatives there are not.
 *
 * @throws E_INDEX for an axis outside the rank; E_DTYPE for truth values
 * @example await tensor([2, 3, 4]).prod().item() // 24
 */
export const prod = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  apply(prodOp, [x], reduceAttrs("prod", x.rank, options));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Product over axes (all by default). */
    prod(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.prod = function (this: Tensor, options?: ReduceOptions) {
  return prod(this, options);
};
