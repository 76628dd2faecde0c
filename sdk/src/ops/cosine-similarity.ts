import type { Tensor } from "../graph/index.js";
import { div } from "./div.js";
import { maximum } from "./maximum.js";
import { mul } from "./mul.js";
import { norm } from "./norm.js";
import { sum } from "./sum.js";

export interface CosineOptions {
  /** The axis of the vectors. Default −1. */
  readonly axis?: number;
  /** Least length a vector is divided by. Default 1e-8. */
  readonly eps?: number;
}

/** Vectors of length 1 along an axis: x / max(‖x‖, eps). @example unitVectors(tensor([3, 4])) // [0.6, 0.8] */
export const unitVectors = (x: Tensor, { axis = -1, eps = 1e-8 }: CosineOptions = {}): Tensor =>
  div(x, maximum(norm(x, { axes: axis, keepDims: true }), eps));

/**
 * Cosine of the angle between vectors: a·b / (max(‖a‖, eps) max(‖b‖, eps)).
 *
 * @param a, b broadcast together; gradients flow to both
 * @returns their shape without the axis
 * @throws E_SHAPE; E_DTYPE; E_INDEX for an axis outside the rank
 * @source values: tests/golden/losses.json
 * @example cosineSimilarity(tensor([1, 0]), tensor([1, 1])) // 0.7071
 */
export const cosineSimilarity = (a: Tensor, b: Tensor, options: CosineOptions = {}): Tensor =>
  sum(mul(unitVectors(a, options), unitVectors(b, options)), { axes: options.axis ?? -1 });
