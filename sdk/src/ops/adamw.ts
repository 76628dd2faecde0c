import { applyAll, defineOp, specText, type Spec, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";

type AdamWAttrs = { readonly beta1: number; readonly beta2: number };

/**
 * One AdamW update with moments kept unscaled, M = Σ β₁ᵏ g and V = Σ β₂ᵏ g², which saves three
 * elementwise passes: the factors (1 − β) and the bias corrections move into two scalars.
 *
 *   M′ = β₁M + g,  V′ = β₂V + g²,  p′ = p·decay − rate · M′ / (√V′ + eps)
 *
 * with g = gradient · gradScale, rate = lr·(1−β₁)/(1−β₁ᵗ)·√((1−β₂ᵗ)/(1−β₂)), eps = ε·√((1−β₂ᵗ)/(1−β₂)),
 * decay = 1 − lr·λ.
 */
export const adamwOp = defineOp<AdamWAttrs>({
  name: "adamw",
  doc: "One AdamW update; outputs the new parameter and moments.",
  traits: ["elementwise"],
  flops: ([p]) => 12 * sizeOf(p.shape),
  overwrites: [0, 2, 3],
  shape: ([p, g, m, v, ...scalars]) => {
    if (
      ![g, m, v].every((spec) => sameShape(spec.shape, p.shape)) ||
      scalars.some((spec) => spec.shape.length > 0)
    ) {
      throw new GradlabError(
        "E_SHAPE",
        `adamw: parameter ${specText(p)}, gradient ${specText(g)}, moments ${specText(m)} and ${specText(v)} differ.`,
      );
    }
    const same: Spec = { shape: p.shape, dtype: p.dtype };
    return [same, same, same];
  },
  vjp: { nondifferentiable: "an update rule ends the graph" },
  reference: ([p, g, m, v, rate, eps, decay, gradScale], { beta1, beta2 }) => {
    const grad = g.data.map((value) => value * gradScale.data[0]);
    const m1 = m.data.map((value, i) => beta1 * value + grad[i]);
    const v1 = v.data.map((value, i) => beta2 * value + grad[i] ** 2);
    const p1 = p.data.map(
      (value, i) => value * decay.data[0] - (rate.data[0] * m1[i]) / (Math.sqrt(v1[i]) + eps.data[0]),
    );
    return [p1, m1, v1];
  },
  samples: () => [
    {
      inputs: [
        ...[[3], [3], [3]].map((shape) => ({ shape, dtype: "float32" as const })),
        { shape: [3], dtype: "float32", low: 0.5, high: 2 },
        ...[0.1, 1e-8, 0.99, 0.5].map((value) => ({ shape: [], dtype: "float32" as const, values: [value] })),
      ],
      attrs: { beta1: 0.9, beta2: 0.95 },
    },
  ],
});

export interface AdamWScalars {
  readonly rate: Tensor;
  readonly eps: Tensor;
  readonly decay: Tensor;
  readonly gradScale: Tensor;
}

/** The new parameter and moments of one AdamW update; see {@link adamwOp} for the scalars. */
export function adamwUpdate(
  state: { readonly p: Tensor; readonly g: Tensor; readonly m: Tensor; readonly v: Tensor },
  { rate, eps, decay, gradScale }: AdamWScalars,
  attrs: AdamWAttrs,
): { p: Tensor; m: Tensor; v: Tensor } {
  const [p, m, v] = applyAll(
    adamwOp,
    [state.p, state.g, state.m, state.v, rate, eps, decay, gradScale],
    attrs,
  );
  return { p, m, v };
}
