import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { LlamaShape, TensorSpec } from "./llama.js";

/** config.json of a Llama, as Hugging Face writes it. */
export function llamaConfig(c: LlamaShape): Readonly<Record<string, unknown>> {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    hidden_size: c.d,
    intermediate_size: c.ff,
    num_hidden_layers: c.layers,
    num_attention_heads: c.heads,
    num_key_value_heads: c.kvHeads,
    vocab_size: c.vocab,
    max_position_embeddings: c.maxLength,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    hidden_act: "silu",
    bos_token_id: 1,
    eos_token_id: 2,
    torch_dtype: "float32",
  };
}

function safetensorsHeader(tensors: readonly TensorSpec[]): Buffer {
  let at = 0;
  const entries = tensors.map((t) => {
    const bytes = 4 * t.shape.reduce((a, b) => a * b, 1);
    const entry = [t.name, { dtype: "F32", shape: t.shape, data_offsets: [at, at + bytes] }] as const;
    at += bytes;
    return entry;
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const body = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(body.length));
  return Buffer.concat([length, body]);
}

/** Writes config.json and model.safetensors (F32) unless the folder has them: the model as gradlab loads it. */
export function writeHuggingFaceFolder(dir: string, c: LlamaShape, tensors: readonly TensorSpec[]): void {
  const path = join(dir, "model.safetensors");
  if (existsSync(path)) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "config.json"), JSON.stringify(llamaConfig(c), null, 2) + "\n");
  const file = openSync(path + ".tmp", "w");
  writeSync(file, safetensorsHeader(tensors));
  for (const t of tensors) writeSync(file, new Uint8Array(t.data().buffer));
  closeSync(file);
  renameSync(path + ".tmp", path);
}
