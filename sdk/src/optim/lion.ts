import type { Variable } from "../graph/index.js";
import { add, descend, mul, sign, sub } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { decayFactor, defineRule, like, scaled, type UpdateRule } from "./update-rule.js";

export interface LionOptions extends OptimizerOptions {
  /** β₁ of the direction and β₂ of the momentum. Default [0.9, 0.99]. */
  readonly betas?: readonly [number, number];
}

/**
 * 4 bytes of state and 8 passes a parameter (9 with clipping, one more with decay). With d = m − g both sums are one
 * multiple of d away from g, so the old momentum is read once and can be overwritten.
 */
const lionRule = ([beta1, beta2]: readonly [number, number]): UpdateRule =>
  defineRule<"momentum", "rate" | "decay">({
    slots: (parameter) => ({ momentum: like(parameter) }),
    scalars: ({ learningRate, weightDecay }) => ({
      rate: learningRate,
      decay: 1 - learningRate * weightDecay,
    }),
    next: ({ p, g: raw, gradScale, slots, scalars, weightDecay }) => {
      const g = scaled(raw, gradScale);
      const d = sub(slots.momentum, g);
      const u = sign(add(g, mul(d, beta1)));
      return {
        p: descend(p, u, scalars.rate, decayFactor(scalars.decay, weightDecay)),
        slots: { momentum: add(g, mul(d, beta2)) },
      };
    },
  });

/**
 * Lion, the sign of an interpolated momentum: every element moves by exactly lr.
 *
 *   p ← p(1 − lr·λ) − lr · sign(β₁m + (1−β₁)g),  m ← β₂m + (1−β₂)g
 *
 * State: 4 bytes a parameter, half of AdamW's. Its rate is 3–10 times smaller and its λ as much larger than AdamW's.
 * Default rate 1e-4, λ 0.
 *
 * @source Chen et al. 2023, "Symbolic discovery of optimization algorithms", algorithm 2; values: tests/golden/optimizers.json
 * @example await new Lion([w], { learningRate: 1e-4, weightDecay: 0.1 }).update(grad(loss, [w]));
 */
export class Lion extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: LionOptions = {}) {
    const rule = lionRule(options.betas ?? [0.9, 0.99]);
    super(parameters, () => rule, { learningRate: 1e-4, ...options });
  }
}
