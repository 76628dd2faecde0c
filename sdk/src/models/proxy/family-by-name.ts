import type { ConfigJson } from "../architecture.js";

const GROUPED = { num_attention_heads: 32, num_key_value_heads: 8 };

/** What the usual name of a model says of its architecture; the first that fits. */
const NAMES: readonly (readonly [RegExp, ConfigJson])[] = [
  [/mixtral/, { model_type: "mixtral", ...GROUPED, num_local_experts: 8, num_experts_per_tok: 2 }],
  [/mistral|zephyr/, { model_type: "mistral", ...GROUPED, rms_norm_eps: 1e-5 }],
  [/^(?!.*(mamba-?2(?!\.)|codestral)).*mamba/, { model_type: "mamba" }],
  [/^(?!.*gemma-?[23n]).*gemma/, { model_type: "gemma" }],
  [/phi-?3/, { model_type: "phi3" }],
  [/qwen-?3(?!\.|-?(next|vl))/, { model_type: "qwen3", ...GROUPED, tie_word_embeddings: true }],
  [/qwen(?!-?3)/, { model_type: "qwen2", ...GROUPED }],
  [/llama-?3/, { model_type: "llama", ...GROUPED, rope_theta: 500_000, rms_norm_eps: 1e-5 }],
  [/^(?!.*llama-?4).*(llama|vicuna|alpaca|smollm)/, { model_type: "llama", rms_norm_eps: 1e-5 }],
  [/gpt-?2/, { model_type: "gpt2" }],
];

/** config.json, without sizes, of the family that a model's name tells. */
export const configByName = (name: string): ConfigJson | undefined =>
  NAMES.find(([pattern]) => pattern.test(name.toLowerCase()))?.[1];
