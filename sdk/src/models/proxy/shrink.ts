import type { ConfigJson } from "../architecture.js";

const WIDTH = 64;
const LAYERS = 2;
const HEADS = 4;
const EXPERTS = 4;

const numberOf = (value: unknown, otherwise: number): number =>
  typeof value === "number" && value > 0 ? value : otherwise;

/** Sizes of one family, and fields that follow from them and are left out. */
const SIZES: Readonly<Record<string, { readonly set: ConfigJson; readonly without: readonly string[] }>> = {
  gpt2: { set: { n_embd: WIDTH, n_layer: LAYERS, n_head: HEADS }, without: ["n_inner", "n_ctx"] },
  mamba: {
    set: { hidden_size: WIDTH, num_hidden_layers: LAYERS, time_step_rank: "auto" },
    without: ["intermediate_size", "d_inner", "d_model", "n_layer"],
  },
};
const NEVER = ["quantization_config", "torch_dtype", "dtype"];

/**
 * config.json of a model of the same architecture that is a few hundred thousand parameters beside its token table: 2 layers of
 * width 64, 4 heads grouped as the real ones are, experts, windows, rotations and biases as they are.
 */
export function shrinkConfig(json: ConfigJson, vocabSize: number): ConfigJson {
  const sizes = SIZES[String(json.model_type)];
  const without = [...NEVER, ...(sizes?.without ?? [])];
  const rest = Object.fromEntries(Object.entries(json).filter(([name]) => !without.includes(name)));
  return { ...(sizes ? { ...rest, ...sizes.set } : shrinkDecoder(rest)), vocab_size: vocabSize };
}

function shrinkDecoder(json: ConfigJson): ConfigJson {
  const heads = numberOf(json.num_attention_heads, HEADS);
  const groups = numberOf(json.num_key_value_heads, heads);
  const ratio = numberOf(json.intermediate_size, 3) / numberOf(json.hidden_size, 1);
  return {
    ...json,
    hidden_size: WIDTH,
    intermediate_size: 8 * Math.max(1, Math.round((WIDTH * Math.min(ratio, 8)) / 8)),
    num_hidden_layers: LAYERS,
    num_attention_heads: HEADS,
    num_key_value_heads: groups === 1 ? 1 : groups < heads ? HEADS / 2 : HEADS,
    head_dim: WIDTH / HEADS,
    ...shrinkExperts(json),
    ...shrinkWindows(json),
  };
}

function shrinkExperts({ num_local_experts, num_experts_per_tok }: ConfigJson): ConfigJson {
  if (num_local_experts === undefined) return {};
  const count = Math.min(EXPERTS, numberOf(num_local_experts, EXPERTS));
  return {
    num_local_experts: count,
    num_experts_per_tok: Math.min(count, numberOf(num_experts_per_tok, 2)),
  };
}

/** One block of each kind, where there are two. */
function shrinkWindows({ layer_types, max_window_layers }: ConfigJson): ConfigJson {
  const types = Array.isArray(layer_types) ? [...new Set(layer_types as unknown[])] : undefined;
  return {
    ...(types ? { layer_types: [types[0], types[1] ?? types[0]] } : {}),
    ...(typeof max_window_layers === "number" ? { max_window_layers: Math.min(1, max_window_layers) } : {}),
  };
}
