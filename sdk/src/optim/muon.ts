import type { Tensor, Variable } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { add, descend, div, matmul, mul, sqrt, sum } from "../ops/index.js";
import { adamwRule } from "./adamw.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { decayFactor, defineRule, like, scaled, type UpdateRule } from "./update-rule.js";

export interface MuonOptions extends OptimizerOptions {
  /** μ. Default 0.95. */
  readonly momentum?: number;
  /** Looks ahead along the momentum. Default true. */
  readonly nesterov?: boolean;
  /** Iterations of Newton and Schulz. Default 5. */
  readonly iterations?: number;
  /**
   * Size of an update of a [m, n] matrix: "adamw" gives it AdamW's usual root mean square by 0.2·√max(m, n), so that
   * both share one rate and λ (default); "spectral" is √max(1, m/n), for rates near 0.02.
   */
  readonly scale?: "adamw" | "spectral";
  /** Matrices to orthogonalize. Default: two axes, and a name that is not an embedding's or a head's. */
  readonly matrices?: (parameter: Variable) => boolean;
  /** The AdamW of all other parameters. */
  readonly adamw?: {
    readonly learningRateFactor?: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
  };
}

/** Coefficients of the quintic x ← ax + bx³ + cx⁵, chosen for the steepest slope at 0. */
const [A, B, C] = [3.4445, -4.775, 2.0315];

/**
 * An approximation of U·Vᵀ for g = U·S·Vᵀ: the nearest (half-)orthogonal matrix, all singular values pushed to
 * about 1 (0.7 … 1.2 after five iterations) by products alone.
 *
 *   X₀ = g/‖g‖,  X ← aX + (bA + cA²)X,  A = XXᵀ  (on the shorter side)
 *
 * @param g [m, n]
 * @cost 7 nodes an iteration; 4·s²·l + 2·s³ flop for the shorter side s and the longer l
 * @source Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"
 * @example orthogonalize(tensor([[3, 0], [0, 5]])).shape // [2, 2]
 */
export function orthogonalize(g: Tensor, iterations = 5): Tensor {
  if (g.rank !== 2) throw new GradlabError("E_SHAPE", `orthogonalize needs a matrix, got ${g.toString()}.`);
  const tall = g.shape[0] > g.shape[1];
  let x = div(g, add(sqrt(sum(mul(g, g))), 1e-7));
  for (let i = 0; i < iterations; i++) {
    const a = matmul(x, x, { transA: tall, transB: !tall });
    const b = add(mul(a, B), matmul(a, a, { alpha: C }));
    x = add(mul(x, A), tall ? matmul(x, b) : matmul(b, x));
  }
  return x;
}

/** 4 bytes of state a parameter; 6 passes and 7 nodes an iteration. */
const muonRule = (options: MuonOptions): UpdateRule => {
  const { momentum = 0.95, nesterov = true, iterations = 5, scale = "adamw" } = options;
  return defineRule<"momentum", "rate" | "decay">({
    slots: (parameter) => ({ momentum: like(parameter) }),
    scalars: ({ learningRate, weightDecay }) => ({
      rate: learningRate,
      decay: 1 - learningRate * weightDecay,
    }),
    next: ({ p, g: raw, gradScale, slots, scalars, weightDecay }) => {
      const g = scaled(raw, gradScale);
      const next = add(mul(slots.momentum, momentum), g);
      const u = orthogonalize(nesterov ? add(g, mul(next, momentum)) : next, iterations);
      const [m, n] = p.shape;
      const size = scale === "adamw" ? 0.2 * Math.sqrt(Math.max(m, n)) : Math.sqrt(Math.max(1, m / n));
      const rate = mul(scalars.rate, size);
      return {
        p: descend(p, u, rate, decayFactor(scalars.decay, weightDecay)),
        slots: { momentum: next },
      };
    },
  });
};

const OUTER = /embed|wte|wpe|lm_head|\bhead\b/i;

/**
 * Muon: momentum, orthogonalized by Newton–Schulz iterations, for hidden matrices; AdamW for the rest (embeddings,
 * head, norms, biases).
 *
 *   b ← μb + g,  p ← p(1 − lr·λ) − lr · s · orthogonalize(g + μb)
 *
 * State: 4 bytes a parameter of a matrix, 8 of the rest. Default rate 1e-3, λ 0.01.
 *
 * @source Jordan et al. 2024; the scale "adamw" and the decay: Liu et al. 2025, "Muon is scalable for LLM training",
 *   §2.2; values: tests/golden/optimizers.json
 * @example await new Muon([w], { learningRate: 1e-3 }).update(grad(loss, [w]));
 */
export class Muon extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: MuonOptions = {}) {
    const { matrices = (p) => p.rank === 2 && !OUTER.test(p.name), adamw = {}, groups = [] } = options;
    const muon = muonRule(options);
    const rest = adamwRule(adamw);
    const others = {
      parameters: (p: Variable) => !matrices(p),
      learningRateFactor: adamw.learningRateFactor ?? 1,
    };
    super(parameters, (p) => (matrices(p) ? muon : rest), {
      weightDecay: 0.01,
      ...options,
      groups: [...groups, others],
    });
  }
}
