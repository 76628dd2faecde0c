import { applyAll, defineOp, specText, type Spec, type Tensor } from "../graph/index.js";
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

/** softmax(scale · QKᵀ + mask) V with grouped heads; also gives the probabilities, which the gradient reads. */
export const attentionOp = defineOp<AttentionAttrs>({
  name: "attention",
  doc: "softmax(scale · QKᵀ) V, causal or not, grouped key/value heads; outputs y [B,T,H,E] and probabilities [B,H,T,S].",
  traits: ["contraction"],
  shape: ([q, k, v], { causal }) => {
    const [batch, time, heads, width] = q.shape;
    const [, keys, groups] = k.shape;
    const fits = sameShape(k.shape, [batch, keys, groups, width]) && sameShape(v.shape, k.shape);
    if (q.shape.length !== 4 || !fits || heads % groups !== 0 || (causal && keys !== time)) {
      throw new GradlabError(
        "E_SHAPE",
        `attention: q ${specText(q)}, k ${specText(k)}, v ${specText(v)} do not fit; expected [B, T, H, E], [B, S, G, E], [B, S, G, E] with G dividing H, and S = T when causal.`,
      );
    }
    return [q, { shape: [batch, heads, time, keys], dtype: q.dtype }].map(({ shape, dtype }: Spec) => ({
      shape,
      dtype,
    }));
  },
  vjp: ({ inputs: [q, k, v], outputs: [y, p], grads: [g, gp], attrs: { scale }, need }) => {
    const [batch, time, heads, width] = q.shape;
    const [, keys, groups] = k.shape;
    const rows = (heads / groups) * time;
    // [B, T, H, E] → [B, G, H/G·T, E]: the heads of one group become rows of one product.
    const byGroup = (x: Tensor): Tensor => reshape(transpose(x, [0, 2, 1, 3]), [batch, groups, rows, width]);
    const byHead = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);
    const gg = g && byGroup(g);
    const pp = reshape(p, [batch, groups, rows, keys]);
    const dv = gg && need[2] ? byHead(matmul(pp, gg, { transA: true })) : undefined;
    if (!need[0] && !need[1]) return [undefined, undefined, dv];
    const throughY = (dy: Tensor, rowsOfDy: Tensor): Tensor => {
      // Σₛ p·dp = Σₑ y·g: cheaper than reducing over the keys (Dao et al. 2022, §3.1).
      const inner = reshape(transpose(sum(mul(y, dy), { axes: -1 }), [0, 2, 1]), [batch, groups, rows, 1]);
      return mul(pp, sub(matmul(rowsOfDy, byHead(v), { transB: true }), inner));
    };
    const ds = addDefined(g && gg && throughY(g, gg), gp && softmaxPullback(pp, reshape(gp, pp.shape)));
    if (!ds) return [];
    const dq = (): Tensor => reshape(matmul(ds, byHead(k), { alpha: scale }), [batch, heads, time, width]);
    const dk = (): Tensor => matmul(ds, byGroup(q), { transA: true, alpha: scale });
    return [need[0] ? byHead(dq()) : undefined, need[1] ? byHead(dk()) : undefined, dv];
  },
  reference: ([q, k, v], { causal, scale }, [, probabilities]) => {
    const [batch, time, heads, width] = q.shape;
    const [, keys, groups] = k.shape;
    const y = new Float64Array(q.data.length);
    const p = new Float64Array(probabilities.shape.reduce((product, dim) => product * dim, 1));
    for (let b = 0; b < batch; b++) {
      for (let h = 0; h < heads; h++) {
        const group = Math.floor((h * groups) / heads);
        for (let t = 0; t < time; t++) {
          const query = ((b * time + t) * heads + h) * width;
          const row = p.subarray(
            ((b * heads + h) * time + t) * keys,
            ((b * heads + h) * time + t + 1) * keys,
          );
          const seen = causal ? t + 1 : keys;
          attendRow({
            q: q.data,
            k: k.data,
            v: v.data,
            y,
            row,
            query,
            seen,
            width,
            scale,
            stride: groups * width,
            base: (b * keys * groups + group) * width,
          });
        }
      }
    }
    return [y, p];
  },
  samples: () => [
    sample([2, 3, 2, 4], [2, 3, 2, 4], true),
    sample([1, 3, 4, 2], [1, 3, 2, 2], true),
    sample([1, 2, 2, 2], [1, 3, 2, 2], false),
  ],
});

interface Row {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly y: Float64Array;
  readonly row: Float64Array;
  readonly query: number;
  readonly seen: number;
  readonly width: number;
  readonly scale: number;
  readonly stride: number;
  readonly base: number;
}

/** One query against the keys it may see. */
function attendRow({ q, k, v, y, row, query, seen, width, scale, stride, base }: Row): void {
  let top = -Infinity;
  for (let s = 0; s < seen; s++) {
    let dot = 0;
    for (let e = 0; e < width; e++) dot += q[query + e] * k[base + s * stride + e];
    row[s] = dot * scale;
    top = Math.max(top, row[s]);
  }
  let total = 0;
  for (let s = 0; s < seen; s++) total += row[s] = Math.exp(row[s] - top);
  for (let s = 0; s < seen; s++) {
    row[s] /= total;
    for (let e = 0; e < width; e++) y[query + e] += row[s] * v[base + s * stride + e];
  }
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
  return applyAll(attentionOp, [q, k, v], { causal, scale })[0];
}
