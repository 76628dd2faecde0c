import type { Tensor } from "../graph/index.js";
import { add, div, maximum, minimum, mul, sqrt, sum } from "../ops/index.js";

const squareSum = (g: Tensor): Tensor => sum(mul(g, g));

/** min(1, limit / norm). The 1e-6 in the denominator as in torch.nn.utils.clip_grad_norm_. */
const boundingScale = (norm: Tensor, limit: number): Tensor =>
  minimum(div(mul(norm, 0).add(limit), add(norm, 1e-6)), 1);

/**
 * The global norm √(Σ‖g‖²) of gradients and the factor min(1, limit / norm) that bounds it: the direction of the
 * whole gradient is kept. Hand the factor to `optimizer.assign`, which saves a pass.
 *
 * @source Pascanu et al. 2013, algorithm 1; the 1e-6 in the denominator as in torch.nn.utils.clip_grad_norm_
 */
export function globalNorm(
  gradients: readonly Tensor[],
  limit = Infinity,
): { norm: Tensor; scale: Tensor | undefined } {
  const norm = sqrt(gradients.map(squareSum).reduce((total, square) => add(total, square)));
  if (!Number.isFinite(limit)) return { norm, scale: undefined };
  return { norm, scale: boundingScale(norm, limit) };
}

/**
 * Each gradient scaled so that its own norm is at most `limit`: one large gradient does not shrink the others.
 *
 * @cost 3 passes over each gradient
 * @source the 1e-6 in the denominator as in torch.nn.utils.clip_grad_norm_, parameter by parameter
 * @example clipNorms([tensor([3, 4])], 1)[0] // [0.6, 0.8]
 */
export const clipNorms = (gradients: readonly Tensor[], limit: number): Tensor[] =>
  gradients.map((g) => mul(g, boundingScale(sqrt(squareSum(g)), limit)));

/**
 * Each element cut to −limit … limit; the gradient's direction changes.
 *
 * @source torch.nn.utils.clip_grad_value_
 * @example clipValues([tensor([-3, 0.5])], 1)[0] // [-1, 0.5]
 */
export const clipValues = (gradients: readonly Tensor[], limit: number): Tensor[] =>
  gradients.map((g) => maximum(minimum(g, limit), -limit));
