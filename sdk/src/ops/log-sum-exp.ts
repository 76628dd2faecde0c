import { apply, defineOp, Tensor } from "../graph/index.js";
import { exp } from "./exp.js";
import { requireKind } from "./kind.js";
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
import { sub } from "./sub.js";

/** ln Σ eˣ over axes, shifted by the maximum. */
export const logSumExpOp = defineOp<ReduceAttrs>({
  name: "logSumExp",
  doc: "ln Σ eˣ over axes, shifted by the maximum.",
  traits: ["reduction"],
  shape: ([x], attrs) => {
    requireKind("logSumExp", [x], "float");
    requireElements("logSumExp", x, attrs.axes);
    return [{ shape: reducedShape(x.shape, attrs), dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], outputs: [y], grads: [g], attrs: { axes } }) => {
    const kept = reducedShape(x.shape, { axes, keepDims: true });
    return [g && mul(exp(sub(x, reshape(y, kept))), reshape(g, kept))];
  },
  reference: ([x], { axes }) => [foldAxes(x.data, x.shape, axes, -Infinity, logAdd)],
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { axes: [2], keepDims: false } },
    {
      inputs: [{ shape: [2, 3], dtype: "float32", low: 900, high: 1000 }],
      attrs: { axes: [0, 1], keepDims: true },
    },
  ],
});

/** ln(eᵃ + eᵇ) without overflow. */
function logAdd(a: number, b: number): number {
  const top = Math.max(a, b);
  return Number.isFinite(top) ? top + Math.log1p(Math.exp(-Math.abs(a - b))) : top;
}

/**
 * ln Σ eˣ over axes (all by default), without overflow; its gradient is the softmax.
 *
 * @throws E_INDEX for an axis outside the rank; E_SHAPE for axes without elements; E_DTYPE unless x is float
 * @example tensor([1000, 1000]).logSumExp() // 1000.69
 */
export const logSumExp = (x: Tensor, options: ReduceOptions = {}): Tensor =>
  apply(logSumExpOp, [x], reduceAttrs("logSumExp", x.rank, options));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ln Σ eˣ over axes (all by default), without overflow. */
    logSumExp(options?: ReduceOptions): Tensor;
  }
}
Tensor.prototype.logSumExp = function (this: Tensor, options?: ReduceOptions) {
  return logSumExp(this, options);
};
