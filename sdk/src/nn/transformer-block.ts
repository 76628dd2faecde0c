import type { Tensor } from "../graph/index.js";
import { add, foldIn } from "../ops/index.js";
import { Attention, type AttendOptions, type AttentionShape } from "./attention.js";
import { Dropout } from "./dropout.js";
import { MLP, SwiGLU, type ActivationName } from "./feed-forward.js";
import type { KeyValueCache } from "./kv-cache.js";
import { MoE, type MoEOptions, type MoEOutput } from "./moe.js";
import { Module } from "./module.js";
import { LayerNorm, RMSNorm } from "./norm.js";
import type { Scope } from "./scope.js";

export interface TransformerBlockOptions extends AttentionShape {
  /** "layer" (default) or "rms". */
  readonly norm?: "layer" | "rms";
  /** Default 1e-5. */
  readonly eps?: number;
  /** An activation makes an MLP of it; default "gelu". */
  readonly feedForward?:
    ActivationName | "swiglu" | Pick<MoEOptions, "experts" | "topK" | "normalize" | "capacityFactor">;
  /** Width inside the feed-forward layer. Default 4 · width. */
  readonly hidden?: number;
  /** Rate of dropout on what attention and feed-forward layer add, in training. Default 0. */
  readonly dropout?: number;
}

/** What one pass through a block may be told. */
export interface BlockPass extends AttendOptions {
  /** uint32[2], of this block and step alone: the random numbers of its dropout. */
  readonly key?: Tensor;
}

interface BlockOutput {
  readonly y: Tensor;
  readonly routing?: Omit<MoEOutput, "y">;
}

/**
 * A transformer block with its norms in front (pre-norm): h = x + attention(norm(x)), y = h + feedForward(norm(h)),
 * with dropout on both summands in training.
 *
 * @source Radford et al. 2019 (layer norm, MLP); Touvron et al. 2023 (RMS norm, SwiGLU); values: tests/golden/modules.json
 * @example
 * const block = new TransformerBlock(new Scope("block", 1), { width: 8, heads: 2, norm: "rms", feedForward: "swiglu" });
 * block.forward(zeros([1, 3, 8])).shape // [1, 3, 8]
 */
export class TransformerBlock extends Module {
  readonly attentionNorm: LayerNorm | RMSNorm;
  readonly attention: Attention;
  readonly feedForwardNorm: LayerNorm | RMSNorm;
  readonly feedForward: MLP | SwiGLU | MoE;
  readonly dropout: Dropout;

  constructor(scope: Scope, options: TransformerBlockOptions) {
    super();
    const Norm = options.norm === "rms" ? RMSNorm : LayerNorm;
    this.attentionNorm = new Norm(scope.at("attentionNorm"), options);
    this.attention = new Attention(scope.at("attention"), options);
    this.feedForwardNorm = new Norm(scope.at("feedForwardNorm"), options);
    this.feedForward = feedForwardOf(scope.at("feedForward"), options);
    this.dropout = new Dropout(options.dropout ?? 0);
  }

  /** @param x [B, T, width] @returns [B, T, width] */
  forward(x: Tensor, pass: BlockPass = {}): Tensor {
    return this.apply(x, pass).y;
  }

  /** The output, with the routing where the feed-forward layer is a mixture of experts. */
  apply(x: Tensor, { key, ...options }: BlockPass = {}): BlockOutput {
    const attended = this.attention.forward(this.attentionNorm.forward(x), options);
    return this.#feed(add(x, this.dropout.forward(attended, key && foldIn(key, 0))), key && foldIn(key, 1));
  }

  /** Goes on from a cache, as {@link Attention.decode}. */
  decode(x: Tensor, cache: KeyValueCache): Tensor {
    return this.#feed(add(x, this.attention.decode(this.attentionNorm.forward(x), cache))).y;
  }

  #feed(h: Tensor, key?: Tensor): BlockOutput {
    const normed = this.feedForwardNorm.forward(h);
    const { y, ...routing } =
      this.feedForward instanceof MoE
        ? this.feedForward.apply(normed)
        : { y: this.feedForward.forward(normed) };
    const out = add(h, this.dropout.forward(y, key));
    return "load" in routing ? { y: out, routing } : { y: out };
  }
}

function feedForwardOf(scope: Scope, options: TransformerBlockOptions): MLP | SwiGLU | MoE {
  const { feedForward = "gelu", width, hidden = 4 * width, bias, init, outInit } = options;
  const laws = { ...(init ? { init } : {}), ...(outInit ? { outInit } : {}) };
  const shape = { width, hidden, ...laws, ...(bias === undefined ? {} : { bias }) };
  if (typeof feedForward === "object") return new MoE(scope, { width, hidden, ...laws, ...feedForward });
  return feedForward === "swiglu"
    ? new SwiGLU(scope, shape)
    : new MLP(scope, { ...shape, activation: feedForward });
}
