import type { ConfigJson, HeadSizes, ModelConfig } from "../architecture.js";
import { ConfigReader } from "../config-reader.js";

export interface Gpt2Config extends ModelConfig, HeadSizes {
  readonly hidden: number;
  readonly eps: number;
}

/** Reads a GPT2Config's fields; defaults are Hugging Face's. */
export function parseGpt2Config(json: ConfigJson, file: string): Gpt2Config {
  const read = new ConfigReader(json, file);
  read.require("activation_function", ["gelu_new"]);
  read.require("scale_attn_by_inverse_layer_idx", [false]);
  read.require("scale_attn_weights", [true]);
  const width = read.number("n_embd");
  const heads = read.number("n_head");
  const config = {
    modelType: "gpt2",
    vocabSize: read.number("vocab_size"),
    width,
    hidden: read.number("n_inner", 4 * width),
    layers: read.number("n_layer"),
    heads,
    groups: heads,
    headWidth: width / heads,
    maxPositions: read.number("n_positions", 1024),
    tiedHead: read.flag("tie_word_embeddings", true),
    eps: read.number("layer_norm_epsilon", 1e-5),
    json,
  };
  read.refuseRest();
  return config;
}
