import type { Spec, Tensor, Variable } from "../graph/index.js";
import { add, descend, div, full, maximum, mean, mul, reshape, sqrt } from "../ops/index.js";
import type { OptimizerOptions } from "./optimizer.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { decayFactor, defineRule, like, scaled, type UpdateRule } from "./update-rule.js";

export interface AdafactorOptions extends OptimizerOptions {
  /** Step min(10⁻², 1/√t) instead of the learning rate. Default true unless a learningRate is given. */
  readonly relativeStep?: boolean;
  /** Multiplies the step by max(ε₂, RMS(p)). Default true. */
  readonly scaleParameter?: boolean;
  /** The update's root mean square is bounded by this. Default 1. */
  readonly clipThreshold?: number;
  /** c of β₂ = 1 − t^c. Default −0.8. */
  readonly decayRate?: number;
  /** β₁ of a moving average of the updates. Default: none, which saves 4 bytes a parameter. */
  readonly beta1?: number;
  /** ε₁, added to g², and ε₂, the smallest scale of a parameter. Default [1e-30, 1e-3]. */
  readonly eps?: readonly [number, number];
}

type Slot = "rows" | "columns" | "square" | "first";
type Scalar = "rate" | "decayRate" | "kept" | "fresh";

/**
 * Adafactor's rule. A matrix keeps the mean square of each row and each column, O(rows + columns) numbers; other
 * parameters keep every square. 11 passes over a matrix, without decay and clipping.
 */
const adafactorRule = (options: AdafactorOptions): UpdateRule => {
  const { scaleParameter = true, clipThreshold = 1, decayRate = -0.8, eps = [1e-30, 1e-3], beta1 } = options;
  const relative = options.relativeStep ?? options.learningRate === undefined;
  return defineRule<Slot, Scalar>({
    slots: (parameter) => {
      const average = beta1 === undefined ? {} : { first: like(parameter) };
      return { ...factoredSlots(parameter), ...average } as Record<Slot, Spec>;
    },
    scalars: ({ step, learningRate, weightDecay }) => {
      const rate = relative ? Math.min(1e-2, 1 / Math.sqrt(step)) : learningRate;
      const kept = 1 - step ** decayRate;
      return { rate, decayRate: rate * weightDecay, kept, fresh: 1 - kept };
    },
    next: ({ p, g: raw, gradScale, slots, scalars, weightDecay }) => {
      const g = scaled(raw, gradScale);
      const square = add(mul(g, g), eps[0]);
      const blend = (old: Tensor, fresh: Tensor): Tensor =>
        add(mul(old, scalars.kept), mul(fresh, scalars.fresh));
      const { u, next } =
        p.rank > 1 ? factored(g, square, slots, blend) : unfactored(g, square, slots, blend);
      const scale = scaleParameter ? maximum(rootMeanSquare(p), eps[1]) : full([], 1);
      const bounded = div(scale, maximum(mul(rootMeanSquare(u), 1 / clipThreshold), 1));
      const decay = add(mul(mul(scalars.decayRate, scale), -1), 1);
      const rate = mul(scalars.rate, bounded);
      const kept = decayFactor(decay, weightDecay);
      if (beta1 === undefined) return { p: descend(p, u, rate, kept), slots: next as Record<Slot, Tensor> };
      const first = add(mul(slots.first, beta1), mul(mul(u, rate), 1 - beta1));
      return { p: descend(p, first, full([], 1), kept), slots: { ...next, first } as Record<Slot, Tensor> };
    },
  });
};

function factoredSlots(parameter: Variable): Partial<Record<Slot, Spec>> {
  const { shape, dtype, rank } = parameter;
  if (rank < 2) return { square: like(parameter) };
  const lead = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2);
  return { rows: { shape: [...lead, rows], dtype }, columns: { shape: [...lead, columns], dtype } };
}

interface Direction {
  readonly u: Tensor;
  readonly next: Partial<Record<Slot, Tensor>>;
}

type Blend = (old: Tensor, fresh: Tensor) => Tensor;
type Slots = Readonly<Record<Slot, Tensor>>;

/** g / √(r cᵀ / mean(r)): the best rank-one estimate of the mean squares. */
function factored(g: Tensor, square: Tensor, slots: Slots, blend: Blend): Direction {
  const rows = blend(slots.rows, mean(square, { axes: [-1] }));
  const columns = blend(slots.columns, mean(square, { axes: [-2] }));
  const relative = div(rows, mean(rows, { axes: [-1], keepDims: true }));
  const rowRoot = sqrt(reshape(relative, [...relative.shape, 1]));
  const columnRoot = sqrt(reshape(columns, [...g.shape.slice(0, -2), 1, g.shape[g.rank - 1]]));
  return { u: div(div(g, rowRoot), columnRoot), next: { rows, columns } };
}

function unfactored(g: Tensor, square: Tensor, slots: Slots, blend: Blend): Direction {
  const next = blend(slots.square, square);
  return { u: div(g, sqrt(next)), next: { square: next } };
}

const rootMeanSquare = (x: Tensor): Tensor => sqrt(mean(mul(x, x)));

/**
 * Adafactor: second moments of a matrix factored into rows and columns, an update bounded in root mean square, and
 * a step relative to the parameter's own size. Without a first moment, unless β₁ is given: m ← β₁m + (1−β₁)αu, p ← p(1 − αλ) − m.
 *
 *   r ← β₂r + (1−β₂) mean_j(g² + ε₁),  c ← β₂c + (1−β₂) mean_i(g² + ε₁),  β₂ = 1 − t^−0.8
 *   u = g / √(r cᵀ / mean r),  u ← u / max(1, RMS(u)/d),  p ← p(1 − αλ) − αu,  α = max(ε₂, RMS(p)) · ρ
 *
 * with ρ = min(10⁻², 1/√t), or the learning rate. State: 4·(rows + columns) bytes a matrix, near 0 a parameter.
 * Default λ 0.
 *
 * @source Shazeer and Stern 2018, algorithms 4 and 5; defaults as in Hugging Face's Adafactor; values: tests/golden/optimizers.json
 * @example await new Adafactor([w]).update(grad(loss, [w]));
 */
export class Adafactor extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: AdafactorOptions = {}) {
    const rule = adafactorRule(options);
    super(parameters, () => rule, options);
  }
}
