import { applyAll, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { addDefined } from "./add.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { sub } from "./sub.js";
import { softmaxPullback } from "./softmax.js";
import { sum } from "./sum.js";
import { transpose } from "./transpose.js";

type AttentionAttrs = { readonly causal: boolean; readonly scale: number };

/** softmax(scale · QKᵀ + mask) V by heads; also gives the probabilities, which the gradient reads. */
export const attentionOp = defineOp<AttentionAttrs>({
  name: "attention",
  doc: "softmax(scale · QKᵀ) V, causal or not, grouped key/value heads; outputs y [B,H,T,E] and probabilities [B,H,T,S].",
  traits: ["contraction"],
  shape: ([q, k, v], { causal }) => {
    const [batch, heads, time, width] = q.shape;
    const [, groups, keys] = k.shape;
    const fits = sameShape(k.shape, [batch, groups, keys, width]) && sameShape(v.shape, k.shape);
    if (q.shape.length !== 4 || !fits || heads % groups !== 0 || (causal && keys !== time)) {
      throw new GradlabError(
        "E_SHAPE",
        `attention: q ${specText(q)}, k ${specText(k)}, v ${specText(v)} do not fit; expected [B, H, T, E], [B, G, S, E], [B, G, S, E] with G dividing H, and S = T when causal.`,
      );
    }
    return [
      { shape: q.shape, dtype: q.dtype },
      { shape: [batch, heads, time, keys], dtype: q.dtype },
    ];
  },
  vjp: ({ inputs: [q, k, v], outputs: [y, p], grads: [g, gp], attrs: { scale }, need }) => {
    const [batch, heads, time, width] = q.shape;
    const [, groups] = k.shape;
    // [B, H, T, …] → [B, G, H/G·T, …]: the heads of one group become rows of one product.
    const byGroup = (x: Tensor): Tensor => reshape(x, [batch, groups, (heads / groups) * time, x.shape[3]]);
    const gg = g && byGroup(g);
    const pp = byGroup(p);
    const dv = gg && need[2] ? matmul(pp, gg, { transA: true }) : undefined;
    if (!need[0] && !need[1]) return [undefined, undefined, dv];
    const throughY = (dy: Tensor): Tensor => {
      // Σₛ p·dp = Σₑ y·g: cheaper than reducing over the keys (Dao et al. 2022, §3.1).
      const inner = sum(mul(byGroup(y), dy), { axes: -1, keepDims: true });
      return mul(pp, sub(matmul(dy, v, { transB: true }), inner));
    };
    const ds = addDefined(gg && throughY(gg), gp && softmaxPullback(pp, reshape(gp, pp.shape)));
    if (!ds) return [];
    const dq = (): Tensor => reshape(matmul(ds, k, { alpha: scale }), [batch, heads, time, width]);
    const dk = (): Tensor => matmul(ds, byGroup(q), { transA: true, alpha: scale });
    return [need[0] ? dq() : undefined, need[1] ? dk() : undefined, dv];
  },
  reference: ([q, k, v], { causal, scale }) => {
    const [batch, heads, time, width] = q.shape;
    const [, groups, keys] = k.shape;
    const y = new Float64Array(q.data.length);
    const p = new Float64Array(batch * heads * time * keys);
    for (let row = 0; row < batch * heads * time; row++) {
      const group = Math.floor(row / time / (heads / groups));
      const seen = causal ? (row % time) + 1 : keys;
      const part = (data: Float64Array, size: number, at: number): Float64Array =>
        data.subarray(at * size, (at + 1) * size);
      attendRow({
        q: part(q.data, width, row),
        k: part(k.data, keys * width, group),
        v: part(v.data, keys * width, group),
        y: part(y, width, row),
        p: part(p, keys, row).subarray(0, seen),
        scale,
      });
    }
    return [y, p];
  },
  samples: () => [
    sample([2, 2, 3, 4], [2, 2, 3, 4], true),
    sample([1, 4, 3, 2], [1, 2, 3, 2], true),
    sample([1, 2, 2, 2], [1, 2, 3, 2], false),
  ],
});

interface Row {
  readonly q: Float64Array;
  /** The keys and values of the head's group. */
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly y: Float64Array;
  /** As long as the keys this query may see. */
  readonly p: Float64Array;
  readonly scale: number;
}

/** One query against the keys it may see. */
function attendRow({ q, k, v, y, p, scale }: Row): void {
  const width = q.length;
  p.forEach((_, s) => (p[s] = scale * q.reduce((dot, x, e) => dot + x * k[s * width + e], 0)));
  const top = Math.max(...p);
  let total = 0;
  p.forEach((score, s) => (total += p[s] = Math.exp(score - top)));
  p.forEach((weight, s) => {
    p[s] = weight / total;
    for (let e = 0; e < width; e++) y[e] += p[s] * v[s * width + e];
  });
}

function sample(q: readonly number[], k: readonly number[], causal: boolean) {
  return {
    inputs: [q, k, k].map((shape) => ({ shape, dtype: "float32" as const })),
    attrs: { causal, scale: 0.5 },
  };
}

export interface AttentionOptions {
  /** Position t sees keys 0 … t only. Default true. */
  readonly causal?: boolean;
  /** Factor of the scores. Default 1/√E. */
  readonly scale?: number;
}

/**
 * Scaled dot-product attention: softmax(scale · QKᵀ) V, for each head.
 *
 * With G < H key/value heads, H/G query heads share each of them (grouped-query attention).
 *
 * @param q [B, T, H, E]
 * @param k [B, S, G, E]
 * @param v [B, S, G, E]
 * @returns [B, T, H, E]
 * @throws E_SHAPE with all three shapes
 * @source Vaswani et al. 2017, eq. 1; Ainslie et al. 2023; values: tests/golden/layers.json
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { causal = true, scale = 1 / Math.sqrt(q.shape[3]) } = options;
  const byHead = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);
  return byHead(applyAll(attentionOp, [byHead(q), byHead(k), byHead(v)], { causal, scale })[0]);
}
