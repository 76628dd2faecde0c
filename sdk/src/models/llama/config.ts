import { GradlabError } from "../../errors.js";
import type { ConfigJson, ModelConfig } from "../architecture.js";
import { ConfigReader } from "../config-reader.js";

export interface LlamaConfig extends ModelConfig {
  readonly hidden: number;
  readonly eps: number;
  readonly theta: number;
}

/** Reads a LlamaConfig's fields; defaults are Hugging Face's. */
export function parseLlamaConfig(json: ConfigJson, file: string): LlamaConfig {
  const read = new ConfigReader(json, file);
  read.require("hidden_act", ["silu"]);
  read.require("rope_scaling", []);
  read.require("attention_bias", [false]);
  read.require("mlp_bias", [false]);
  const width = read.number("hidden_size");
  const heads = read.number("num_attention_heads");
  const groups = read.number("num_key_value_heads", heads);
  const headWidth = read.number("head_dim", width / heads);
  if (heads % groups !== 0 || !Number.isInteger(headWidth / 2)) {
    throw new GradlabError(
      "E_FILE_FORMAT",
      `${heads} heads of width ${headWidth} in ${groups} groups do not divide.`,
      {
        where: file,
      },
    );
  }
  return {
    modelType: "llama",
    vocabSize: read.number("vocab_size"),
    width,
    hidden: read.number("intermediate_size"),
    layers: read.number("num_hidden_layers"),
    heads,
    groups,
    headWidth,
    maxPositions: read.number("max_position_embeddings", 2048),
    tiedHead: read.flag("tie_word_embeddings", false),
    eps: read.number("rms_norm_eps", 1e-6),
    theta: read.number("rope_theta", 10000),
    json,
  };
}
