import { applyAll, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { attentionOp } from "./attention-op.js";
import { full, zeros } from "./constant.js";
import { equal } from "./equal.js";
import { reshape } from "./reshape.js";
import { transpose } from "./transpose.js";
import { where } from "./where.js";

export interface AttentionOptions {
  /** Position t sees keys 0 … t only. Default true. */
  readonly causal?: boolean;
  /** Factor of the scores. Default 1/√E. */
  readonly scale?: number;
  /** Float, broadcast to [B, H, T, S] and added to the scaled scores: relative positions, ALiBi. */
  readonly bias?: Tensor;
  /** Bool, broadcast to [B, H, T, S]: true where a query may see a key. */
  readonly mask?: Tensor;
  /** A query sees the last `window` keys, itself included; without `causal`, also the `window` − 1 after it. */
  readonly window?: number;
  /** int32 [B, T]: positions see only those with their own number (packed sequences). Needs S = T. */
  readonly segments?: Tensor;
}

/**
 * Scaled dot-product attention: softmax(scale · QKᵀ + bias) V, for each head, over the keys a query may see.
 * The options that hide keys (causal, mask, window, segments) hold together; a query that may see none
 * gives zeros, and zero gradients. With S > T and `causal`, the queries are the last T of the S positions.
 *
 * With G < H key/value heads, H/G query heads share each of them (grouped-query attention).
 *
 * @param q [B, T, H, E]
 * @param k [B, S, G, E]
 * @param v [B, S, G, E]
 * @returns [B, T, H, E]; gradients flow to q, k, v and the bias
 * @throws E_SHAPE with all shapes; E_DTYPE for a mask that is not bool; E_CONFIG for a window below 1
 * @cost 4·B·H·T·S·E flop forward, twice that backward; hiding keys saves none of them
 * @source Vaswani et al. 2017, eq. 1; Ainslie et al. 2023 (grouped heads); Beltagy et al. 2020 (windows);
 *   Krell et al. 2021 (packing); values: tests/golden/layers.json, attention.json
 * @example
 * const x = ones([1, 3, 1, 2]); // three equal positions: each gives the mean of what it sees
 * attention(x, x, x, { segments: ids([[0, 0, 1]]) }).shape // [1, 3, 1, 2]
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const { causal = true, scale = 1 / Math.sqrt(q.shape[3]), window = 0 } = options;
  if (options.window !== undefined && !(Number.isInteger(window) && window > 0)) {
    throw new GradlabError("E_CONFIG", `attention: window is ${window}; it counts keys, so at least 1.`);
  }
  const bias = biasOf(options, q, k);
  const byHead = (x: Tensor): Tensor => transpose(x, [0, 2, 1, 3]);
  const inputs = [...[q, k, v].map(byHead), ...(bias ? [bias] : [])];
  const hides = options.mask ? "rows" : options.segments ? "keys" : "none";
  return byHead(applyAll(attentionOp, inputs, { causal, scale, window, hides })[0]);
}

/** What is added to the scores: the bias, and −∞ where mask or segments hide a key. */
function biasOf({ bias, mask, segments }: AttentionOptions, q: Tensor, k: Tensor): Tensor | undefined {
  const same = segments && sameSegment(segments, q, k);
  const hidden = full([], -Infinity, q.dtype);
  const within = same ? where(same, bias ?? zeros([], q.dtype), hidden) : bias;
  return mask ? where(mask, within ?? zeros([], q.dtype), hidden) : within;
}

/** Bool [B, 1, T, T]: whether two positions belong to one segment. */
function sameSegment(segments: Tensor, q: Tensor, k: Tensor): Tensor {
  const [batch, time] = q.shape;
  if (segments.dtype !== "int32" || !sameShape(segments.shape, [batch, time]) || k.shape[1] !== time) {
    throw new GradlabError(
      "E_SHAPE",
      `attention: segments ${specText(segments)} do not fit q ${specText(q)} and k ${specText(k)}; expected int32 [B, T] with S = T.`,
    );
  }
  return equal(reshape(segments, [batch, 1, time, 1]), reshape(segments, [batch, 1, 1, time]));
}
