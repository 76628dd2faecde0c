import { GradlabError } from "../../errors.js";
import { ACTIVATION_NAMES, type ActivationName } from "../activations.js";
import type { ConfigJson, HeadSizes, ModelConfig } from "../architecture.js";
import { ConfigReader } from "../config-reader.js";
import { FAMILIES, type Family, type FamilyName } from "./families.js";
import { readRotary, type RotaryConfig } from "./rotary-config.js";

/** A mixture of experts behind attention. */
export interface ExpertsConfig {
  readonly count: number;
  /** Experts that each token goes to. */
  readonly chosen: number;
}

export interface LlamaConfig extends ModelConfig, HeadSizes {
  readonly hidden: number;
  readonly eps: number;
  readonly activation: ActivationName;
  readonly rotary: RotaryConfig;
  /** Which layers carry a bias. */
  readonly biases: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean };
  readonly headNorms: boolean;
  readonly packed: boolean;
  readonly experts: ExpertsConfig | undefined;
  /** For each block, how many keys a position sees, itself included; undefined for all before it. */
  readonly windows: readonly (number | undefined)[];
  /** Added to every norm's weight: 1 where weights are stored as their distance from it. */
  readonly normOffset: 0 | 1;
  /** Factor of the embeddings. */
  readonly embeddingScale: number;
}

/**
 * Reads the config of a model of the family; defaults are Hugging Face's for its `model_type`.
 *
 * @throws E_UNSUPPORTED_ARCH naming a field that asks for more than is built; E_FILE_FORMAT for one that makes no sense
 */
export function parseLlamaConfig(json: ConfigJson, file: string): LlamaConfig {
  const read = new ConfigReader(json, file);
  const config = readLlamaConfig(read);
  read.refuseRest();
  return config;
}

/** The fields that all kinds of this family share, those built upon it too. */
export function readLlamaConfig(read: ConfigReader, family: Family = familyOf(read.json)): LlamaConfig {
  const width = read.number("hidden_size");
  const heads = read.number("num_attention_heads");
  const groups = read.number("num_key_value_heads", Math.min(family.groups ?? heads, heads));
  const headWidth = read.number("head_dim", family.headWidth ?? width / heads);
  checkHeads(read.file, heads, groups, headWidth);
  const layers = read.number("num_hidden_layers");
  const maxPositions = read.number("max_position_embeddings", family.maxPositions);
  return {
    modelType: String(read.json.model_type),
    vocabSize: read.number("vocab_size"),
    width,
    hidden: read.number("intermediate_size"),
    layers,
    heads,
    groups,
    headWidth,
    maxPositions,
    tiedHead: read.flag("tie_word_embeddings", family.tiedHead ?? false),
    eps: read.number("rms_norm_eps", family.eps),
    activation: readActivation(read, family),
    rotary: readRotary(read, headWidth, maxPositions, family.theta),
    biases: readBiases(read, family),
    headNorms: family.headNorms ?? false,
    packed: family.packed ?? false,
    experts: family.experts ? readExperts(read) : undefined,
    ...(family.experts ? { routerAuxLossCoef: readAuxLossCoef(read) } : {}),
    windows: readWindows(read, family, layers, maxPositions),
    normOffset: family.gemma ? 1 : 0,
    embeddingScale: family.gemma ? Math.sqrt(width) : 1,
    json: read.json,
  };
}

const familyOf = (json: ConfigJson): Family => FAMILIES[json.model_type as FamilyName] ?? FAMILIES.llama;

function checkHeads(file: string, heads: number, groups: number, headWidth: number): void {
  if (heads % groups === 0 && Number.isInteger(headWidth / 2)) return;
  throw new GradlabError(
    "E_FILE_FORMAT",
    `${heads} heads of width ${headWidth} in ${groups} groups do not divide.`,
    {
      where: file,
    },
  );
}

/** Gemma's checkpoints say "gelu" in hidden_act and mean the tanh form unless hidden_activation says otherwise. */
function readActivation(read: ConfigReader, family: Family): ActivationName {
  if (!family.gemma) return read.choice("hidden_act", ACTIVATION_NAMES, "silu");
  read.choice("hidden_act", ACTIVATION_NAMES, "gelu_pytorch_tanh");
  return read.choice("hidden_activation", ACTIVATION_NAMES, "gelu_pytorch_tanh");
}

function readExperts(read: ConfigReader): ExpertsConfig {
  const count = read.number("num_local_experts", 8);
  const chosen = read.number("num_experts_per_tok", 2);
  if (chosen > count || !Number.isInteger(chosen) || !Number.isInteger(count)) {
    throw new GradlabError("E_FILE_FORMAT", `A token cannot go to ${chosen} of ${count} experts.`, {
      where: read.file,
    });
  }
  return { count, chosen };
}

function readAuxLossCoef(read: ConfigReader): number {
  // Whether Hugging Face's classes give the router's logits back and add its loss; here training says so.
  read.known("output_router_logits");
  return read.raw("router_aux_loss_coef") === 0 ? 0 : read.number("router_aux_loss_coef", 0.001);
}

function readBiases(read: ConfigReader, { qkvBias = false }: Family): LlamaConfig["biases"] {
  const attention = read.flag("attention_bias", false);
  return { qkv: qkvBias || attention, output: attention, mlp: read.flag("mlp_bias", false) };
}

/** Qwen's lower `max_window_layers` blocks see everything; `layer_types` says it block by block. */
function readWindows(
  read: ConfigReader,
  { window }: Family,
  layers: number,
  maxPositions: number,
): (number | undefined)[] {
  const size = window ? windowSize(read, window) : Infinity;
  const full = window?.switch ? read.index("max_window_layers", 28) : 0;
  const types = window ? readLayerTypes(read, layers) : undefined;
  const limited = (layer: number): boolean => (types ? types[layer] === "sliding_attention" : layer >= full);
  return Array.from({ length: layers }, (_, layer) =>
    limited(layer) && size < maxPositions ? size : undefined,
  );
}

/** The stated size; null, a switch that is off or no default mean that everything is seen. */
function windowSize(read: ConfigReader, { size, switch: field }: NonNullable<Family["window"]>): number {
  const on = field === undefined || read.flag(field, false);
  const stated = read.raw("sliding_window");
  if (!on || stated === null || (stated ?? size) === undefined) return Infinity;
  return read.number("sliding_window", size);
}

function readLayerTypes(read: ConfigReader, layers: number): readonly unknown[] | undefined {
  const types = read.raw("layer_types");
  if (types === undefined || types === null) return undefined;
  const known = ["full_attention", "sliding_attention"];
  if (Array.isArray(types) && types.length === layers && types.every((type) => known.includes(String(type))))
    return types;
  throw read.refusal("layer_types", `Supported: ${layers} times one of ${known.join(", ")}.`);
}
