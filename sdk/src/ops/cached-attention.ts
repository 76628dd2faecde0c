import { applyAll, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";

type CachedAttrs = { readonly heads: number; readonly groups: number; readonly scale: number };

/**
 * Attention of new positions over a cache of earlier keys and values, which it extends: the rows of
 * `k` and `v` are written behind the `past` entries of each sequence.
 */
export const cachedAttentionOp = defineOp<CachedAttrs>({
  name: "cachedAttention",
  doc: "Causal attention over a key/value cache that it extends; outputs y [B,S,H·E] and both caches.",
  traits: ["contraction"],
  shape: ([q, k, v, keyCache, valueCache, past], { heads, groups }) => {
    const [batch, time, width] = q.shape;
    const head = width / heads;
    const row = [batch, time, groups * head];
    const fits =
      sameShape(k.shape, row) &&
      sameShape(v.shape, row) &&
      sameShape(past.shape, [batch]) &&
      sameShape(keyCache.shape, valueCache.shape) &&
      keyCache.shape[0] === batch &&
      keyCache.shape[3] === head;
    if (!fits) {
      throw new GradlabError(
        "E_SHAPE",
        `cachedAttention: q ${specText(q)}, k ${specText(k)}, cache ${specText(keyCache)}, past ${specText(past)} do not fit ${heads} heads in ${groups} groups.`,
      );
    }
    const cache = { shape: keyCache.shape, dtype: keyCache.dtype };
    return [{ shape: q.shape, dtype: q.dtype }, cache, cache];
  },
  vjp: { nondifferentiable: "a cache is for decoding; train with attention()" },
  reference: ([q, k, v, keyCache, valueCache, past], { heads, groups, scale }) => {
    const [batch, time, width] = q.shape;
    const head = width / heads;
    const capacity = keyCache.shape[2];
    const keys = keyCache.data.slice();
    const values = valueCache.data.slice();
    const y = new Float64Array(q.data.length);
    const cell = (b: number, g: number, t: number): number => ((b * groups + g) * capacity + t) * head;
    for (let b = 0; b < batch; b++) {
      for (let t = 0; t < time; t++) {
        for (let g = 0; g < groups; g++) {
          const from = ((b * time + t) * groups + g) * head;
          keys.set(k.data.subarray(from, from + head), cell(b, g, past.data[b] + t));
          values.set(v.data.subarray(from, from + head), cell(b, g, past.data[b] + t));
        }
        for (let h = 0; h < heads; h++) {
          const at = (b * time + t) * width + h * head;
          const base = cell(b, Math.floor((h * groups) / heads), 0);
          attend(q.data.subarray(at, at + head), y.subarray(at, at + head), {
            keys,
            values,
            base,
            seen: past.data[b] + t + 1,
            scale,
          });
        }
      }
    }
    return [y, keys, values];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 1, 32], dtype: "float32" },
        { shape: [2, 1, 16], dtype: "float32" },
        { shape: [2, 1, 16], dtype: "float32" },
        { shape: [2, 2, 4, 8], dtype: "float32" },
        { shape: [2, 2, 4, 8], dtype: "float32" },
        { shape: [2], dtype: "int32", values: [0, 2] },
      ],
      attrs: { heads: 4, groups: 2, scale: 0.35 },
    },
  ],
});

interface Cache {
  readonly keys: Float64Array;
  readonly values: Float64Array;
  readonly base: number;
  readonly seen: number;
  readonly scale: number;
}

function attend(q: Float64Array, y: Float64Array, { keys, values, base, seen, scale }: Cache): void {
  const width = q.length;
  const scores = Array.from(
    { length: seen },
    (_, s) => scale * q.reduce((dot, x, e) => dot + x * keys[base + s * width + e], 0),
  );
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, w) => sum + w, 0);
  weights.forEach((w, s) => {
    for (let e = 0; e < width; e++) y[e] += (w / total) * values[base + s * width + e];
  });
}

/**
 * Attention over a cache. All rows of a batch share S new positions; each has its own past length.
 *
 * @param q [B, S, H·E], already rotated
 * @param k, v [B, S, G·E]
 * @param cache keys and values [B, G, capacity, E], overwritten in place by engines that can
 * @param past int32 [B]: entries already in the cache
 * @returns y [B, S, H·E] and the extended caches
 * @throws E_SHAPE
 */
export function cachedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  cache: { readonly keys: Tensor; readonly values: Tensor; readonly past: Tensor },
  attrs: CachedAttrs,
): { y: Tensor; keys: Tensor; values: Tensor } {
  const [y, keys, values] = applyAll(
    cachedAttentionOp,
    [q, k, v, cache.keys, cache.values, cache.past],
    attrs,
  );
  return { y, keys, values };
}
