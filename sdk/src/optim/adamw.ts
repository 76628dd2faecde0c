import type { Variable } from "../graph/index.js";
import { adamwUpdate, full } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { decayFactor, defineRule, like, penalized, type UpdateRule } from "./update-rule.js";

export interface AdamWOptions extends OptimizerOptions {
  /** Decay of the two moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment. Default 1e-8. */
  readonly eps?: number;
}

export type AdamSlot = "first" | "second";
export type AdamScalar = "rate" | "eps" | "decay";

/** AdamW's rule: 8 bytes of state and 11 passes a parameter (12 with clipping). */
export const adamwRule = ({
  betas = [0.9, 0.999],
  eps = 1e-8,
}: AdamWOptions): UpdateRule<AdamSlot, AdamScalar> =>
  defineRule<AdamSlot, AdamScalar>({
    slots: (parameter) => ({ first: like(parameter), second: like(parameter) }),
    scalars: ({ step, learningRate, weightDecay }) => {
      const [c1, c2] = betas.map((beta) => (1 - beta ** step) / (1 - beta));
      return {
        rate: (learningRate / c1) * Math.sqrt(c2),
        eps: eps * Math.sqrt(c2),
        decay: 1 - learningRate * weightDecay,
      };
    },
    next: ({ p, g, gradScale = full([], 1), slots, scalars, weightDecay }) => {
      const decay = decayFactor(scalars.decay, weightDecay);
      const next = adamwUpdate(
        { p, g, m: slots.first, v: slots.second },
        { ...scalars, decay, gradScale },
        { beta1: betas[0], beta2: betas[1] },
      );
      return { p: next.p, slots: { first: next.m, second: next.v } };
    },
  });

/**
 * Adam with decoupled weight decay:
 *
 *   m = β₁m + (1−β₁)g,  v = β₂v + (1−β₂)g²,  p ← p(1 − lr·λ) − lr · m̂ / (√v̂ + ε),  m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 *
 * State: 8 bytes a parameter. Default rate 1e-3, λ 0.01.
 *
 * @source Loshchilov and Hutter 2019, algorithm 2; values: tests/golden/optim.json
 * @example
 * const optimizer = new AdamW([w], { learningRate: 1e-3 });
 * await optimizer.update(grad(loss, [w]));
 */
export class AdamW extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: AdamWOptions = {}) {
    const rule = adamwRule(options);
    super(parameters, () => rule, { weightDecay: 0.01, ...options });
  }
}

/**
 * Adam; its weight decay is an L2 penalty, λp added to the gradient, and so is scaled by 1/√v̂ like the rest of it.
 *
 * State: 8 bytes a parameter. Default rate 1e-3, λ 0.
 *
 * @source Kingma and Ba 2015, algorithm 1; values: tests/golden/optimizers.json
 * @example await new Adam([w], { learningRate: 1e-3 }).update(grad(loss, [w]));
 */
export class Adam extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: AdamWOptions = {}) {
    const adamw = adamwRule(options);
    const rule: UpdateRule<AdamSlot, AdamScalar> = {
      ...adamw,
      next: ({ p, g, gradScale, weightDecay, ...rest }) => {
        if (weightDecay === 0) return adamw.next({ ...rest, p, g, gradScale, weightDecay });
        const whole = penalized({ p, g, gradScale, weightDecay });
        return adamw.next({ ...rest, p, g: whole, gradScale: undefined, weightDecay: 0 });
      },
    };
    super(parameters, () => rule, options);
  }
}
