import type { ConfigJson } from "../architecture.js";
import { ConfigReader } from "../config-reader.js";
import type { PretrainedConfig } from "../pretrained.js";

export interface T5Config extends PretrainedConfig {
  readonly vocabSize: number;
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  /** Classes of distances in the relative position bias. */
  readonly buckets: number;
  /** Distance from which all fall into the last bucket. */
  readonly maxDistance: number;
  readonly eps: number;
  readonly activation: "relu" | "gelu_new" | "silu";
  /** down(act(gate(x)) · up(x)) instead of down(act(up(x))). */
  readonly gated: boolean;
  readonly tiedHead: boolean;
  readonly padId: number;
  readonly endId: number;
  readonly startId: number;
}

/** Hugging Face's values of `feed_forward_proj`. */
const FEED_FORWARD = {
  relu: { activation: "relu", gated: false },
  "gated-gelu": { activation: "gelu_new", gated: true },
  "gated-silu": { activation: "silu", gated: true },
} as const;

const FEED_FORWARD_NAMES = Object.keys(FEED_FORWARD) as (keyof typeof FEED_FORWARD)[];

/** Reads a T5Config's fields; defaults are Hugging Face's. */
export function parseT5Config(json: ConfigJson, file: string): T5Config {
  const read = new ConfigReader(json, file);
  read.require("is_encoder_decoder", [true]);
  const encoderLayers = read.number("num_layers", 6);
  const isMt5 = json.model_type === "mt5";
  const padId = read.index("pad_token_id", 0);
  // What feed_forward_proj says again, and the length of the texts it was trained on.
  read.known("dense_act_fn is_gated_act n_positions");
  const config = {
    modelType: String(json.model_type),
    vocabSize: read.number("vocab_size"),
    width: read.number("d_model", 512),
    hidden: read.number("d_ff", 2048),
    heads: read.number("num_heads", 8),
    headWidth: read.number("d_kv", 64),
    encoderLayers,
    decoderLayers: read.number("num_decoder_layers", encoderLayers),
    buckets: read.number("relative_attention_num_buckets", 32),
    maxDistance: read.number("relative_attention_max_distance", 128),
    eps: read.number("layer_norm_epsilon", 1e-6),
    ...FEED_FORWARD[read.choice("feed_forward_proj", FEED_FORWARD_NAMES, isMt5 ? "gated-gelu" : "relu")],
    tiedHead: read.flag("tie_word_embeddings", !isMt5),
    padId,
    endId: read.index("eos_token_id", 1),
    startId: read.index("decoder_start_token_id", padId),
    json,
  };
  read.refuseRest();
  return config;
}
