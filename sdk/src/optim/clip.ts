import type { Tensor } from "../graph/index.js";
import { add, div, minimum, mul, sqrt, sum } from "../ops/index.js";

/**
 * The global norm √(Σ‖g‖²) of gradients and the factor min(1, limit / norm) that bounds it.
 *
 * @source Pascanu et al. 2013, algorithm 1; the 1e-6 in the denominator as in torch.nn.utils.clip_grad_norm_
 */
export function globalNorm(
  gradients: readonly Tensor[],
  limit = Infinity,
): { norm: Tensor; scale: Tensor | undefined } {
  const squares = gradients.map((g) => sum(mul(g, g)));
  const norm = sqrt(squares.reduce((total, square) => add(total, square)));
  if (!Number.isFinite(limit)) return { norm, scale: undefined };
  return { norm, scale: minimum(div(mul(norm, 0).add(limit), add(norm, 1e-6)), 1) };
}
