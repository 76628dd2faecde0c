import {
  applyAll,
  defineOp,
  specText,
  type ReferenceArray,
  type Sample,
  type SampleInput,
  type Spec,
  type Tensor,
} from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";

type CachedAttrs = {
  readonly heads: number;
  readonly groups: number;
  /** Factor of the scores. */
  readonly scale: number;
  /** A position sees this many keys, itself included. Default: all up to itself. */
  readonly window?: number;
};

const headWidth = (qkv: Spec, { heads, groups }: CachedAttrs): number => qkv.shape[2] / (heads + 2 * groups);

/** Attention of new positions over a cache of earlier keys and values, which it extends. */
export const cachedAttentionOp = defineOp<CachedAttrs>({
  name: "cachedAttention",
  doc: "Causal attention over a key/value cache that it extends; outputs y [B,S,H·E] and both caches.",
  traits: ["contraction"],
  // Counted over the whole cache.
  flops: ([, keys], [y]) => sizeOf(y.shape) * keys.shape[2] * (4 + 5 / keys.shape[3]),
  overwrites: [undefined, 1, 2],
  shape: ([qkv, keys, values, past, cos], attrs) => {
    const [batch, time] = qkv.shape;
    const width = headWidth(qkv, attrs);
    const cacheFits = sameShape(keys.shape, [batch, attrs.groups, keys.shape[2], width]);
    const tableFits = !cos || 2 * cos.shape[1] <= width;
    if (!cacheFits || !tableFits || !sameShape(keys.shape, values.shape) || !sameShape(past.shape, [batch])) {
      throw new GradlabError(
        "E_SHAPE",
        `cachedAttention: qkv ${specText(qkv)}, cache ${specText(keys)} and past ${specText(past)} do not fit ${attrs.heads} heads in ${attrs.groups} groups.`,
      );
    }
    const cache = { shape: keys.shape, dtype: keys.dtype };
    return [{ shape: [batch, time, attrs.heads * width], dtype: qkv.dtype }, cache, cache];
  },
  vjp: { nondifferentiable: "a cache is for decoding; train with attention()" },
  reference: ([qkv, keys, values, past, cos, sin], attrs) => {
    const { heads, groups, scale, window = Infinity } = attrs;
    const [batch, time, total] = qkv.shape;
    const width = headWidth(qkv, attrs);
    const capacity = keys.shape[2];
    const [k, v] = [keys.data.slice(), values.data.slice()];
    const y = new Float64Array(batch * time * heads * width);
    const turn = (head: Float64Array, position: number): Float64Array =>
      cos ? rotate(head, cos, sin, position) : head;
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < time; t++) {
        const row = qkv.data.subarray((b * time + t) * total, (b * time + t + 1) * total);
        const part = (i: number): Float64Array => row.subarray(i * width, (i + 1) * width);
        const at = past.data[b] + t;
        for (let g = 0; g < groups; g++) {
          const cell = ((b * groups + g) * capacity + at) * width;
          k.set(turn(part(heads + g), at), cell);
          v.set(part(heads + groups + g), cell);
        }
        for (let h = 0; h < heads; h++) {
          const base = (b * groups + Math.floor((h * groups) / heads)) * capacity * width;
          const out = y.subarray(((b * time + t) * heads + h) * width).subarray(0, width);
          attend(turn(part(h), at), out, {
            keys: k,
            values: v,
            base,
            first: Math.max(0, at + 1 - window),
            end: at + 1,
            scale,
          });
        }
      }
    }
    return [y, k, v];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 1, 64], dtype: "float32" },
        cacheSample([2, 2, 4, 8], [0, 2]),
        cacheSample([2, 2, 4, 8], [0, 2]),
        { shape: [2], dtype: "int32", values: [0, 2] },
      ],
      attrs: { heads: 4, groups: 2, scale: 0.35 },
    },
    {
      inputs: [
        { shape: [1, 3, 64], dtype: "float32" },
        cacheSample([1, 2, 8, 8], [4]),
        cacheSample([1, 2, 8, 8], [4]),
        { shape: [1], dtype: "int32", values: [4] },
      ],
      attrs: { heads: 4, groups: 2, scale: 0.35, window: 3 },
    },
    {
      inputs: [
        { shape: [2, 1, 64], dtype: "float32" },
        cacheSample([2, 2, 8, 8], [1, 6]),
        cacheSample([2, 2, 8, 8], [1, 6]),
        { shape: [2], dtype: "int32", values: [1, 6] },
      ],
      attrs: { heads: 4, groups: 2, scale: 0.35, window: 3 },
    },
    rotarySample(8, 4),
    rotarySample(8, 3),
    rotarySample(16, 8),
    rotarySample(32, 8),
    rotarySample(32, 4),
  ],
});

/** New positions behind two old ones, the first 2·half of each head's channels turned. */
function rotarySample(width: number, half: number): Sample<CachedAttrs> {
  const table: SampleInput = { shape: [6, half], dtype: "float32" };
  return {
    inputs: [
      { shape: [1, 3, 8 * width], dtype: "float32" },
      cacheSample([1, 2, 6, width], [2]),
      cacheSample([1, 2, 6, width], [2]),
      { shape: [1], dtype: "int32", values: [2] },
      table,
      table,
    ],
    attrs: { heads: 4, groups: 2, scale: 0.35 },
  };
}

/** A cache filled as far as `past` says; what lies beyond is unspecified after a run, hence zero here. */
function cacheSample(shape: readonly number[], past: readonly number[]): SampleInput {
  const [, groups, capacity, width] = shape;
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => {
    const filled = Math.floor(i / width) % capacity < past[Math.floor(i / (width * capacity * groups))];
    return filled ? Math.fround(Math.sin(i + 1)) : 0;
  });
  return { shape, dtype: "float32", values };
}

/** Turns the first channels of a head, as many as the tables have angles for. */
function rotate(
  head: Float64Array,
  cos: ReferenceArray,
  sin: ReferenceArray,
  position: number,
): Float64Array {
  const half = cos.shape[1];
  const out = head.slice();
  for (let i = 0; i < half; i++) {
    const [c, s] = [cos.data[position * half + i], sin.data[position * half + i]];
    out[i] = head[i] * c - head[i + half] * s;
    out[i + half] = head[i + half] * c + head[i] * s;
  }
  return out;
}

interface Cache {
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly base: number;
  /** Cached positions first … end − 1 are seen. */
  readonly first: number;
  readonly end: number;
  readonly scale: number;
}

function attend(q: Float64Array, y: Float64Array, { keys, values, base, first, end, scale }: Cache): void {
  const width = q.length;
  const dot = (s: number): number =>
    q.reduce((sum, x, e) => sum + x * keys[base + (first + s) * width + e], 0);
  const scores = Array.from({ length: end - first }, (_, s) => scale * dot(s));
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  weights.forEach((w, s) => {
    for (let e = 0; e < width; e++) y[e] += (w / total) * values[base + (first + s) * width + e];
  });
}

export interface CachedAttentionInputs {
  /** [B, S, (H + 2G)·E]: queries, keys and values of the new positions side by side. */
  readonly qkv: Tensor;
  /** [B, G, capacity, E]; engines that can overwrite the caches do. */
  readonly keys: Tensor;
  readonly values: Tensor;
  /** int32 [B]: entries already in each sequence's cache. */
  readonly past: Tensor;
  /** Rotary tables [P, R], R ≤ E/2; the first 2R channels of queries and keys are rotated when given. */
  readonly rotary?: { readonly cos: Tensor; readonly sin: Tensor };
}

/**
 * Causal attention over a cache: the new keys and values are written behind the `past` entries of each
 * sequence, and each new position sees everything up to itself.
 *
 * @returns y [B, S, H·E] and the extended caches
 * @throws E_SHAPE
 * @source ONNX Runtime contrib operator GroupQueryAttention
 */
export function cachedAttention(
  { qkv, keys, values, past, rotary }: CachedAttentionInputs,
  attrs: CachedAttrs,
): { y: Tensor; keys: Tensor; values: Tensor } {
  const tables = rotary ? [rotary.cos, rotary.sin] : [];
  const [y, newKeys, newValues] = applyAll(cachedAttentionOp, [qkv, keys, values, past, ...tables], attrs);
  return { y, keys: newKeys, values: newValues };
}
