import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeLlamaGguf, type GgufType } from "../gguf/index.js";
import {
  benchRoot,
  cacheDir,
  ensureBenchDependencies,
  hasCommand,
  repoRoot,
  Resident,
} from "../harness/index.js";
import type { LlamaShape, TensorSpec } from "../weights/index.js";

const LIB_DIR = join(benchRoot, "node_modules/@node-llama-cpp/linux-x64/bins/linux-x64");

/** Compiles peers/llama.c against the prebuilt libllama; answers the binary, or why there is none. */
export function llamaPeer(): { binary: string } | { unavailable: string } {
  if (!hasCommand("gcc")) return { unavailable: "gcc is not installed" };
  const missing = ensureBenchDependencies("@node-llama-cpp/linux-x64");
  if (missing !== undefined) return { unavailable: missing };
  const source = join(benchRoot, "peers/llama.c");
  const binary = join(cacheDir(), "llama-peer");
  if (existsSync(binary) && statSync(binary).mtimeMs > statSync(source).mtimeMs) return { binary };
  const libs = ["libllama.v0.5.0.so", "libggml.v0.5.0.so"].map((lib) => join(LIB_DIR, lib));
  const flags = [
    "-O2",
    "-o",
    binary,
    source,
    ...libs,
    `-Wl,-rpath,${LIB_DIR}`,
    `-Wl,-rpath-link,${LIB_DIR}`,
    "-lm",
  ];
  const done = spawnSync("gcc", flags, { encoding: "utf8" });
  return done.status === 0 ? { binary } : { unavailable: `gcc failed: ${done.stderr.slice(0, 200)}` };
}

export function llamaCommand(binary: string, model: string, threads: number, context: number): string[] {
  return [binary, LIB_DIR, model, String(threads), String(context)];
}

interface Packed {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface GoldenModel {
  readonly config: Readonly<Record<string, number>>;
  readonly weights: Readonly<Record<string, Packed>>;
  readonly inputs: { readonly ids: Packed };
  readonly outputs: { readonly logits: Packed };
}

function goldenLlama(): { shape: LlamaShape; tensors: TensorSpec[]; golden: GoldenModel } {
  const path = join(repoRoot, "tests/golden/models-llama.json");
  const golden = (JSON.parse(readFileSync(path, "utf8")) as { llama: GoldenModel }).llama;
  const c = golden.config;
  const shape: LlamaShape = {
    layers: c.num_hidden_layers ?? 0,
    d: c.hidden_size ?? 0,
    heads: c.num_attention_heads ?? 0,
    kvHeads: c.num_key_value_heads ?? 0,
    ff: c.intermediate_size ?? 0,
    vocab: c.vocab_size ?? 0,
    maxLength: c.max_position_embeddings ?? 0,
  };
  const tensors = Object.entries(golden.weights).map(([name, t]) => ({
    name,
    shape: t.shape,
    data: () => Float32Array.from(t.data),
  }));
  return { shape, tensors, golden };
}

/**
 * Largest difference between llama.cpp's logits and PyTorch's (tests/golden) on a tiny model sent through our GGUF
 * writer: proof that the peer computes the model it is timed on.
 */
export async function checkLlamaPeer(binary: string, type: GgufType): Promise<number> {
  const { shape, tensors, golden } = goldenLlama();
  const model = join(cacheDir(), `golden-${type}.gguf`);
  writeLlamaGguf(model, shape, tensors, type);
  const { resident } = await Resident.start({
    name: "llama.cpp check",
    command: [...llamaCommand(binary, model, 1, 64), "f32kv"],
  });
  const [rows = 0, length = 0] = golden.inputs.ids.shape;
  let worst = 0;
  for (let r = 0; r < rows; r++) {
    const ids = golden.inputs.ids.data.slice(r * length, (r + 1) * length);
    const { logits } = await resident.request<{ logits: number[] }>({ mode: "logits", ids });
    const expected = golden.outputs.logits.data.slice(r * logits.length, (r + 1) * logits.length);
    if (logits.length !== length * shape.vocab) throw new Error(`llama.cpp answered ${logits.length} logits`);
    logits.forEach((v, i) => (worst = Math.max(worst, Math.abs(v - (expected[i] ?? NaN)))));
  }
  await resident.close();
  return worst;
}
