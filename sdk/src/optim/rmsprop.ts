import type { Variable } from "../graph/index.js";
import { add, descend, div, full, mul, sqrt } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { defineRule, like, scaled, type UpdateRule } from "./update-rule.js";

export interface RMSpropOptions extends Omit<OptimizerOptions, "weightDecay" | "decays"> {
  /** Decay of the mean square. Default 0.99. */
  readonly alpha?: number;
  /** Added to the root. Default 1e-8. */
  readonly eps?: number;
}

const rmspropRule = ({ alpha = 0.99, eps = 1e-8 }: RMSpropOptions): UpdateRule =>
  defineRule<"square", "rate">({
    slots: (parameter) => ({ square: like(parameter) }),
    scalars: ({ learningRate }) => ({ rate: learningRate }),
    next: ({ p, g: raw, gradScale, slots, scalars }) => {
      const g = scaled(raw, gradScale);
      const square = add(mul(slots.square, alpha), mul(mul(g, g), 1 - alpha));
      const u = div(g, add(sqrt(square), eps));
      return { p: descend(p, u, scalars.rate, full([], 1)), slots: { square } };
    },
  });

/**
 * RMSprop: s ← αs + (1−α)g², p ← p − lr · g / (√s + ε).
 *
 * State: 4 bytes a parameter. Default rate 1e-2.
 *
 * @source Tieleman and Hinton 2012, lecture 6.5, in the form of torch.optim.RMSprop; values: tests/golden/optimizers.json
 * @example await new RMSprop([w], { learningRate: 1e-3 }).update(grad(loss, [w]));
 */
export class RMSprop extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: RMSpropOptions = {}) {
    const rule = rmspropRule(options);
    super(parameters, () => rule, { learningRate: 1e-2, ...options });
  }
}
