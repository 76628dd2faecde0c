import type { Variable } from "../graph/index.js";
import { add, descend, div, full, mul, sqrt } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { defineRule, like, penalized, type UpdateRule } from "./update-rule.js";

export interface AdagradOptions extends OptimizerOptions {
  /** η: the rate of step t is lr / (1 + (t−1)η). Default 0. */
  readonly rateDecay?: number;
  /** Added to the root. Default 1e-10. */
  readonly eps?: number;
}

const adagradRule = ({ rateDecay = 0, eps = 1e-10 }: AdagradOptions): UpdateRule =>
  defineRule<"square", "rate">({
    slots: (parameter) => ({ square: like(parameter) }),
    scalars: ({ step, learningRate }) => ({ rate: learningRate / (1 + (step - 1) * rateDecay) }),
    next: (inputs) => {
      const { p, slots, scalars } = inputs;
      const g = penalized(inputs);
      const square = add(slots.square, mul(g, g));
      const u = div(g, add(sqrt(square), eps));
      return { p: descend(p, u, scalars.rate, full([], 1)), slots: { square } };
    },
  });

/**
 * Adagrad: g ← g + λp, s ← s + g², p ← p − lr · g / (√s + ε). Rare features keep large steps.
 *
 * State: 4 bytes a parameter. Default rate 1e-2, λ 0.
 *
 * @source Duchi et al. 2011, in the form of torch.optim.Adagrad; values: tests/golden/optimizers.json
 * @example await new Adagrad([w], { learningRate: 0.01 }).update(grad(loss, [w]));
 */
export class Adagrad extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: AdagradOptions = {}) {
    const rule = adagradRule(options);
    super(parameters, () => rule, { learningRate: 1e-2, ...options });
  }
}
