import { apply, defineOp, Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

/** eˣ / Σ eˣ over the last axis, shifted by the maximum. */
export const softmaxOp = defineOp<Record<string, never>>({
  name: "softmax",
  doc: "eˣ / Σ eˣ over the last axis.",
  traits: [],
  flops: ([x]) => 5 * sizeOf(x.shape),
  shape: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: ({ outputs: [y], grads: [g] }) => [g && softmaxPullback(y, g)],
  reference: ([x]) => [softmaxRows(x.data, x.shape[x.shape.length - 1])],
  samples: () => [{ inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: {} }],
});

/** y(g − Σ g·y): the gradient through y = softmax(x). */
export const softmaxPullback = (y: Tensor, g: Tensor): Tensor =>
  mul(y, sub(g, sum(mul(g, y), { axes: -1, keepDims: true })));

/** Row by row, in double precision. */
export function softmaxRows(data: Float64Array, width: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let row = 0; row < data.length; row += width) {
    let top = -Infinity;
    for (let i = 0; i < width; i++) top = Math.max(top, data[row + i]);
    let total = 0;
    for (let i = 0; i < width; i++) total += out[row + i] = Math.exp(data[row + i] - top);
    for (let i = 0; i < width; i++) out[row + i] /= total;
  }
  return out;
}

/**
 * Softmax over the last axis: yᵢ = e^(xᵢ) / Σⱼ e^(xⱼ).
 *
 * @example await tensor([0, 0]).softmax().data() // [0.5, 0.5]
 */
export const softmax = (x: Tensor): Tensor => apply(softmaxOp, [x], {});

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Softmax over the last axis. */
    softmax(): Tensor;
  }
}
Tensor.prototype.softmax = function (this: Tensor) {
  return softmax(this);
};
