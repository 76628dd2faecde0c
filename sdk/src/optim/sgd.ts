import type { Variable } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { add, descend, full, mul } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { defineRule, like, penalized, scaled, type UpdateRule } from "./update-rule.js";

export interface SGDOptions extends OptimizerOptions {
  /** μ: how much of the last step's direction is kept. Default 0. */
  readonly momentum?: number;
  /** τ: the share of a gradient that does not enter the momentum, from the second step on. Default 0. */
  readonly dampening?: number;
  /** Looks ahead along the momentum (Nesterov 1983). Needs a momentum. Default false. */
  readonly nesterov?: boolean;
}

type PlainScalar = "rate";
type MomentumScalar = "rate" | "fresh";

/** No state, 2 passes a parameter: gradScale joins the scalar rate. */
const plainRule = defineRule<never, PlainScalar>({
  slots: () => ({}),
  scalars: ({ learningRate }) => ({ rate: learningRate }),
  next: ({ p, g, gradScale, scalars, weightDecay }) => {
    const one = full([], 1);
    if (weightDecay > 0) {
      return { p: descend(p, penalized({ p, g, gradScale, weightDecay }), scalars.rate, one), slots: {} };
    }
    return { p: descend(p, g, scaled(scalars.rate, gradScale), one), slots: {} };
  },
});

/** 4 bytes of state and 4 passes a parameter (5 with clipping, 6 with decay, 2 more with Nesterov's step). */
const momentumRule = ({ momentum = 0, dampening = 0, nesterov = false }: SGDOptions): UpdateRule =>
  defineRule<"momentum", MomentumScalar>({
    slots: (parameter) => ({ momentum: like(parameter) }),
    // The first gradient enters the momentum whole, as in PyTorch.
    scalars: ({ step, learningRate }) => ({ rate: learningRate, fresh: step === 1 ? 1 : 1 - dampening }),
    next: (inputs) => {
      const { p, slots, scalars } = inputs;
      const g = penalized(inputs);
      const entering = dampening > 0 ? mul(g, scalars.fresh) : g;
      const next = add(mul(slots.momentum, momentum), entering);
      const u = nesterov ? add(g, mul(next, momentum)) : next;
      return { p: descend(p, u, scalars.rate, full([], 1)), slots: { momentum: next } };
    },
  });

/**
 * Gradient descent, with momentum and weight decay as an L2 penalty:
 *
 *   g ← g + λp,  b ← μb + (1−τ)g (b = g at first),  p ← p − lr·b, or p − lr·(g + μb) with Nesterov's step
 *
 * State: none, or 4 bytes a parameter with momentum. Default rate 1e-2, λ 0.
 *
 * @throws E_CONFIG for Nesterov's step without momentum, or with dampening
 * @source Sutskever et al. 2013, §2, in the form of torch.optim.SGD; values: tests/golden/optim.json
 * @example await new SGD([w], { learningRate: 0.1, momentum: 0.9 }).update(grad(loss, [w]));
 */
export class SGD extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: SGDOptions = {}) {
    const { momentum = 0, dampening = 0, nesterov = false } = options;
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new GradlabError("E_CONFIG", "Nesterov's step needs a momentum above 0 and no dampening.");
    }
    const rule = momentum > 0 ? momentumRule(options) : plainRule;
    super(parameters, () => rule, { learningRate: 1e-2, ...options });
  }
}
