import type { Tensor } from "../../graph/index.js";
import type { Embedding, Init, Linear } from "../../nn/index.js";
import { add, mul } from "../../ops/index.js";
import { ACTIVATIONS } from "../activations.js";
import type { Layers } from "../layers.js";
import type { AssembledNetwork, Family } from "../pretrained.js";
import { parseT5Config, type T5Config } from "./config.js";

/** One attention with its norm: x += o(attend(q(norm(x)), k, v)). */
export interface T5Attention {
  readonly norm: (x: Tensor) => Tensor;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
}

export interface T5Block {
  readonly self: T5Attention;
  /** To the encoder's output, in the decoder. */
  readonly cross?: T5Attention;
  /** x + down(act(up(norm(x)))) */
  readonly feedForward: (x: Tensor) => Tensor;
}

/** A stack of blocks with one relative position bias for all of them. */
export interface T5Stack {
  readonly blocks: readonly T5Block[];
  /** [buckets, H] */
  readonly bias: Embedding;
  readonly norm: (x: Tensor) => Tensor;
}

export interface T5Network extends AssembledNetwork {
  readonly embedding: Embedding;
  readonly encoder: T5Stack;
  readonly decoder: T5Stack;
  /** […, D] → […, V] */
  head(x: Tensor): Tensor;
}

const deviation = (...sizes: readonly number[]): Init => ({
  normal: sizes.reduce((product, size) => product * size, 1) ** -0.5,
});

function assembleAttention(layers: Layers, config: T5Config, at: string, kind: string): T5Attention {
  const { width, heads, headWidth, eps } = config;
  const inner = heads * headWidth;
  const linear = (name: string, from: number, to: number, init: Init): Linear =>
    layers.linear(`${at}.${kind}.${name}`, from, to, { bias: false, init });
  return {
    query: linear("q", width, inner, deviation(width, headWidth)),
    key: linear("k", width, inner, deviation(width)),
    value: linear("v", width, inner, deviation(width)),
    output: linear("o", inner, width, deviation(inner)),
    norm: layers.rmsNorm(`${at}.layer_norm`, width, eps),
  };
}

function assembleFeedForward(layers: Layers, config: T5Config, at: string): (x: Tensor) => Tensor {
  const { width, hidden, eps, gated } = config;
  const activate = ACTIVATIONS[config.activation];
  const linear = (name: string, from: number, to: number): Linear =>
    layers.linear(`${at}.DenseReluDense.${name}`, from, to, { bias: false, init: deviation(from) });
  const gate = linear(gated ? "wi_0" : "wi", width, hidden);
  const up = gated ? linear("wi_1", width, hidden) : undefined;
  const down = linear("wo", hidden, width);
  const norm = layers.rmsNorm(`${at}.layer_norm`, width, eps);
  return (x) => {
    const h = norm(x);
    const open = activate(gate.forward(h));
    return add(x, down.forward(up ? mul(open, up.forward(h)) : open));
  };
}

function assembleStack(layers: Layers, config: T5Config, name: "encoder" | "decoder"): T5Stack {
  const { width, heads, buckets, eps } = config;
  const crosses = name === "decoder";
  const count = crosses ? config.decoderLayers : config.encoderLayers;
  const block = (index: number): T5Block => {
    const at = (layer: number): string => `${name}.block.${index}.layer.${layer}`;
    return {
      self: assembleAttention(layers, config, at(0), "SelfAttention"),
      ...(crosses ? { cross: assembleAttention(layers, config, at(1), "EncDecAttention") } : {}),
      feedForward: assembleFeedForward(layers, config, at(crosses ? 2 : 1)),
    };
  };
  return {
    blocks: Array.from({ length: count }, (_, index) => block(index)),
    bias: layers.table(
      `${name}.block.0.layer.0.SelfAttention.relative_attention_bias`,
      buckets,
      heads,
      deviation(width),
    ),
    norm: layers.rmsNorm(`${name}.final_layer_norm`, width, eps),
  };
}

function assemble(layers: Layers, config: T5Config): T5Network {
  const { vocabSize, width, tiedHead } = config;
  const embedding = layers.table("shared", vocabSize, width, { normal: 1 });
  const encoder = assembleStack(layers, config, "encoder");
  const decoder = assembleStack(layers, config, "decoder");
  const output = tiedHead
    ? undefined
    : layers.linear("lm_head", width, vocabSize, { bias: false, init: { normal: 1 } });
  return {
    embedding,
    encoder,
    decoder,
    // A tied table has unit variance, so its products are brought back.
    head: (x) => (output ? output.forward(x) : embedding.logits(mul(x, width ** -0.5))),
  };
}

/**
 * T5: encoder and decoder with RMS norm before each part, relative position biases, no biases in layers, unscaled scores.
 *
 * @source Raffel et al. 2020; Shazeer 2020 (gated: v1.1, flan); Xue et al. 2021 (mt5); names as Hugging Face's
 *   T5ForConditionalGeneration
 */
export const t5: Family<T5Config, T5Network> = { modelTypes: ["mt5", "t5"], parse: parseT5Config, assemble };
