import { defineOp, specText, type Sample, type SampleInput, type Spec, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { broadcastShapes, sameShape, sizeOf } from "../tensor/index.js";
import { addDefined } from "./add.js";
import { broadcastIndex, requireSameDType, sumTo } from "./broadcast.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { sub } from "./sub.js";
import { softmaxPullback } from "./softmax.js";
import { sum } from "./sum.js";

type AttentionAttrs = {
  /** Queries are the last T of the S positions and see no later key. */
  readonly causal: boolean;
  readonly scale: number;
  /** Keys at this distance and beyond are hidden; 0 for none. */
  readonly window: number;
  /** What the bias hides by −∞: nothing, keys, or perhaps all the keys of a row. */
  readonly hides: "none" | "keys" | "rows";
};

/** softmax(scale · QKᵀ + bias + mask) V by heads; also gives the probabilities, which the gradient reads. */
export const attentionOp = defineOp<AttentionAttrs>({
  name: "attention",
  doc: "softmax(scale · QKᵀ + bias) V over the keys a query may see, grouped key/value heads; outputs y [B,H,T,E] and probabilities [B,H,T,S].",
  traits: ["contraction"],
  // Counted in full, whatever is hidden: two products and a softmax.
  flops: ([q], [, scores]) => sizeOf(scores.shape) * (4 * q.shape[3] + 5),
  shape: ([q, k, v, bias], { causal }) => {
    requireFit(q, k, v, causal);
    requireSameDType("attention", bias ? [q, k, v, bias] : [q, k, v]);
    const scores = [...q.shape.slice(0, 3), k.shape[2]];
    if (bias && !sameShape(broadcastShapes("attention: bias", scores, bias.shape), scores)) {
      throw new GradlabError(
        "E_SHAPE",
        `attention: ${specText(bias)} does not broadcast to the scores [${scores.join(", ")}] (B, H, T, S).`,
      );
    }
    return [
      { shape: q.shape, dtype: q.dtype },
      { shape: scores, dtype: q.dtype },
    ];
  },
  vjp: ({ inputs: [q, k, v, bias], outputs: [y, p], grads: [g, gp], attrs: { scale }, need }) => {
    const [batch, heads, time, width] = q.shape;
    const groups = k.shape[1];
    // [B, H, T, …] → [B, G, H/G·T, …]: the heads of one group become rows of one product.
    const byGroup = (x: Tensor): Tensor => reshape(x, [batch, groups, (heads / groups) * time, x.shape[3]]);
    const gg = g && byGroup(g);
    const pp = byGroup(p);
    const dv = gg && need[2] ? matmul(pp, gg, { transA: true }) : undefined;
    if (!need[0] && !need[1] && !need[3]) return [undefined, undefined, dv];
    const throughY = (dy: Tensor): Tensor => {
      // Σₛ p·dp = Σₑ y·g: cheaper than reducing over the keys (Dao et al. 2022, §3.1).
      const inner = sum(mul(byGroup(y), dy), { axes: -1, keepDims: true });
      return mul(pp, sub(matmul(dy, v, { transB: true }), inner));
    };
    const ds = addDefined(gg && throughY(gg), gp && softmaxPullback(pp, reshape(gp, pp.shape)));
    if (!ds) return [];
    const dq = (): Tensor => reshape(matmul(ds, k, { alpha: scale }), [batch, heads, time, width]);
    const dk = (): Tensor => matmul(ds, byGroup(q), { transA: true, alpha: scale });
    const db = (): Tensor => sumTo(reshape(ds, p.shape), bias.shape);
    return [need[0] ? dq() : undefined, need[1] ? dk() : undefined, dv, need[3] ? db() : undefined];
  },
  reference: ([q, k, v, bias], attrs, [, { shape }]) => {
    const [, heads, time, keys] = shape;
    const [groups, width] = [k.shape[1], q.shape[3]];
    const y = new Float64Array(q.data.length);
    const p = new Float64Array(sizeOf(shape));
    const biasAt = bias && broadcastIndex(shape, bias.shape);
    for (let row = 0; row < sizeOf(shape) / keys; row++) {
      const group = Math.floor(row / time / (heads / groups));
      const part = (data: Float64Array, size: number, at: number): Float64Array =>
        data.subarray(at * size, (at + 1) * size);
      const offsets = Float64Array.from({ length: keys }, (_, s) =>
        !isSeen(attrs, (row % time) + keys - time, s)
          ? -Infinity
          : bias
            ? bias.data[biasAt[row * keys + s]]
            : 0,
      );
      attendRow({
        q: part(q.data, width, row),
        k: part(k.data, keys * width, group),
        v: part(v.data, keys * width, group),
        y: part(y, width, row),
        p: part(p, keys, row),
        offsets,
        scale: attrs.scale,
      });
    }
    return [y, p];
  },
  samples: () => [
    sample([2, 2, 3, 4], [2, 2, 3, 4], {}),
    sample([1, 4, 3, 2], [1, 2, 3, 2], {}),
    sample([1, 2, 2, 2], [1, 2, 3, 2], { causal: false }),
    sample([1, 2, 2, 2], [1, 1, 4, 2], { window: 2 }),
    sample([1, 1, 5, 2], [1, 1, 5, 2], { causal: false, window: 2 }),
    sample([2, 2, 3, 2], [2, 1, 3, 2], { causal: false }, { shape: [2, 1, 3], dtype: "float32" }),
    sample([1, 2, 3, 2], [1, 2, 3, 2], {}, { shape: [1, 2, 1, 3], dtype: "float32" }),
    sample(
      [1, 1, 2, 2],
      [1, 1, 3, 2],
      { causal: false, hides: "keys" },
      { ...HIDING, values: [0, -Infinity, 0, 1, 2, 3] },
    ),
    sample([1, 4, 2, 2], [1, 2, 3, 2], { hides: "rows" }, HIDING),
  ],
});

/** The first query sees nothing. */
const HIDING = {
  shape: [2, 3],
  dtype: "float32",
  values: [-Infinity, -Infinity, -Infinity, 0.5, -Infinity, -0.25],
} as const;

/** Whether the query at a position may see the key at another. */
function isSeen({ causal, window }: AttentionAttrs, query: number, key: number): boolean {
  const distance = causal ? query - key : Math.abs(query - key);
  return distance >= 0 && (window === 0 || distance < window);
}

function requireFit(q: Spec, k: Spec, v: Spec, causal: boolean): void {
  const [batch, heads, time, width] = q.shape;
  const [, groups, keys] = k.shape;
  const fits = sameShape(k.shape, [batch, groups, keys, width]) && sameShape(v.shape, k.shape);
  if (q.shape.length !== 4 || !fits || heads % groups !== 0 || (causal && keys < time)) {
    throw new GradlabError(
      "E_SHAPE",
      `attention: q ${specText(q)}, k ${specText(k)}, v ${specText(v)} do not fit; expected [B, H, T, E], [B, G, S, E], [B, G, S, E] with G dividing H, and S ≥ T when causal.`,
    );
  }
}

interface Row {
  readonly q: Float64Array;
  /** The keys and values of the head's group. */
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly y: Float64Array;
  readonly p: Float64Array;
  /** Added to the scores; −∞ hides a key. */
  readonly offsets: Float64Array;
  readonly scale: number;
}

/** One query against the keys; y and p stay zero when it may see none. */
function attendRow({ q, k, v, y, p, offsets, scale }: Row): void {
  const width = q.length;
  const scores = offsets.map(
    (offset, s) => offset + scale * q.reduce((dot, x, e) => dot + x * k[s * width + e], 0),
  );
  const top = Math.max(...scores);
  if (top === -Infinity) return;
  let total = 0;
  scores.forEach((score, s) => (total += p[s] = Math.exp(score - top)));
  p.forEach((weight, s) => {
    p[s] = weight / total;
    for (let e = 0; e < width; e++) y[e] += p[s] * v[s * width + e];
  });
}

function sample(
  q: readonly number[],
  k: readonly number[],
  attrs: Partial<AttentionAttrs>,
  ...bias: readonly SampleInput[]
): Sample<AttentionAttrs> {
  const inputs = [q, k, k].map((shape) => ({ shape, dtype: "float32" as const }));
  return {
    inputs: [...inputs, ...bias],
    attrs: { causal: true, scale: 0.5, window: 0, hides: "none", ...attrs },
  };
}
