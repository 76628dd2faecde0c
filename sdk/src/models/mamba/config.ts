import type { ConfigJson, ModelConfig } from "../architecture.js";
import { ACTIVATION_NAMES, type ActivationName } from "../activations.js";
import { ConfigReader } from "../config-reader.js";

export interface MambaConfig extends ModelConfig {
  /** Channels of a mixer. */
  readonly inner: number;
  /** Numbers in the state of one channel. */
  readonly stateWidth: number;
  /** Tokens that the convolution sees, the present one included. */
  readonly kernel: number;
  /** Rank of the projection to the step sizes. */
  readonly rank: number;
  readonly eps: number;
  readonly activation: ActivationName;
  readonly biases: { readonly linear: boolean; readonly convolution: boolean };
  /** Bounds of the step sizes that a fresh model starts with. */
  readonly steps: { readonly min: number; readonly max: number; readonly floor: number };
}

/** Fields that change nothing of what a checkpoint computes here, and those that published files repeat by old names. */
const KNOWN = [
  "residual_in_fp32 rescale_prenorm_residual time_step_scale time_step_init_scheme use_mambapy use_associative_scan",
  "d_inner d_model n_layer rms_norm fused_add_norm pad_vocab_size_multiple",
];

/** Reads a MambaConfig's fields; defaults are Hugging Face's. */
export function parseMambaConfig(json: ConfigJson, file: string): MambaConfig {
  const read = new ConfigReader(json, file);
  const width = read.number("hidden_size", 768);
  const expand = read.number("expand", 2);
  const rank = read.raw("time_step_rank");
  KNOWN.forEach((names) => read.known(names));
  const config = {
    modelType: "mamba",
    vocabSize: read.number("vocab_size"),
    width,
    layers: read.number("num_hidden_layers", 32),
    maxPositions: Infinity,
    tiedHead: read.flag("tie_word_embeddings", true),
    inner: read.number("intermediate_size", Math.floor(expand * width)),
    stateWidth: read.number("state_size", 16),
    kernel: read.number("conv_kernel", 4),
    rank: rank === undefined || rank === "auto" ? Math.ceil(width / 16) : read.number("time_step_rank"),
    eps: read.number("layer_norm_epsilon", 1e-5),
    activation: read.choice("hidden_act", ACTIVATION_NAMES, "silu"),
    biases: { linear: read.flag("use_bias", false), convolution: read.flag("use_conv_bias", true) },
    steps: {
      min: read.number("time_step_min", 0.001),
      max: read.number("time_step_max", 0.1),
      floor: read.number("time_step_floor", 1e-4),
    },
    json,
  };
  read.refuseRest();
  return config;
}
