import type { Spec, Tensor, Variable } from "../graph/index.js";
import { add, descend, div, full, mul, sqrt, sub } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { defineRule, like, penalized, type UpdateRule } from "./update-rule.js";

export interface RMSpropOptions extends OptimizerOptions {
  /** Decay of the mean square. Default 0.99. */
  readonly alpha?: number;
  /** Added to the root. Default 1e-8. */
  readonly eps?: number;
  /** How much of the last step is kept. Default 0. */
  readonly momentum?: number;
  /** Divides by the deviation of the gradient instead of its root mean square. Default false. */
  readonly centered?: boolean;
}

type Slot = "square" | "mean" | "momentum";

const rmspropRule = (options: RMSpropOptions): UpdateRule => {
  const { alpha = 0.99, eps = 1e-8, momentum = 0, centered = false } = options;
  const average = (old: Tensor, fresh: Tensor): Tensor => add(mul(old, alpha), mul(fresh, 1 - alpha));
  const kept: readonly Slot[] = [
    "square",
    ...(centered ? (["mean"] as const) : []),
    ...(momentum > 0 ? (["momentum"] as const) : []),
  ];
  return defineRule<Slot, "rate">({
    slots: (parameter) =>
      Object.fromEntries(kept.map((slot) => [slot, like(parameter)])) as Record<Slot, Spec>,
    scalars: ({ learningRate }) => ({ rate: learningRate }),
    next: (inputs) => {
      const { p, slots, scalars } = inputs;
      const g = penalized(inputs);
      const square = average(slots.square, mul(g, g));
      const mean = centered ? average(slots.mean, g) : undefined;
      const spread = mean ? sub(square, mul(mean, mean)) : square;
      const u = div(g, add(sqrt(spread), eps));
      const velocity = momentum > 0 ? add(mul(slots.momentum, momentum), u) : u;
      const next = { square, ...(mean ? { mean } : {}), momentum: velocity } as Record<Slot, Tensor>;
      return { p: descend(p, velocity, scalars.rate, full([], 1)), slots: next };
    },
  });
};

/**
 * RMSprop: g ← g + λp, s ← αs + (1−α)g², u = g / (√s + ε), p ← p − lr·u; with momentum v ← μv + u, p ← p − lr·v.
 *
 * State: 4 bytes a parameter, 4 more for each of momentum and centering. Default rate 1e-2, λ 0.
 *
 * @source Tieleman and Hinton 2012, lecture 6.5; Graves 2013, eq. 38–40 (centered); in the form of torch.optim.RMSprop;
 *   values: tests/golden/optimizers.json
 * @example await new RMSprop([w], { learningRate: 1e-3 }).update(grad(loss, [w]));
 */
export class RMSprop extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: RMSpropOptions = {}) {
    const rule = rmspropRule(options);
    super(parameters, () => rule, { learningRate: 1e-2, ...options });
  }
}
