import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { createModel, saveModel } from "gradlab";
import { ROOT } from "../source-files.js";
import { FakeHub } from "./fake-hub.js";

export const REPO = "org/tiny";
export const MB = 1 << 20;
export const CONFIG = {
  model_type: "llama",
  vocab_size: 64,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
};
export const TOKENIZER = join(ROOT, "models", "en-3m", "tokenizer.json");
export const child = fileURLToPath(new URL("./download-child.js", import.meta.url));

export let hub: FakeHub;
export let root: string;
export let saved: string;
let count = 0;

/** Bytes that differ everywhere. */
export const noise = (length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let i = 0, x = 1; i + 4 <= length; i += 4)
    bytes.writeUInt32LE((x = (Math.imul(x, 1664525) + 1013904223) >>> 0), i);
  return bytes;
};

/** Options of a cache of its own. */
export const fresh = (
  name = `cache-${count++}`,
): { cacheDir: string; endpoint: string; token: false; retryDelayMs: number } => ({
  cacheDir: join(root, name),
  endpoint: hub.endpoint,
  token: false,
  retryDelayMs: 1,
});

export const repoFolder = (cacheDir: string): string => join(cacheDir, "models--org--tiny");
export const blob = (cacheDir: string, name: string): string =>
  join(repoFolder(cacheDir), "blobs", hub.hashOf(name));
export const shard = (n: number): string => `model-0000${n}-of-00002.safetensors`;

/** Files of the present kind of model: its weights in two shards. */
export function putModel(): void {
  for (const name of ["config.json", "model.safetensors.index.json"])
    hub.put(name, readFileSync(join(saved, name)));
  for (const n of [1, 2]) hub.put(shard(n), readFileSync(join(saved, shard(n))), true);
  hub.put("tokenizer.json", readFileSync(TOKENIZER));
  hub.put("pytorch_model.bin", "a pickle that nobody asked for", true);
  hub.put("README.md", "# Not needed");
}

/** A model as a single file of noise: what is asked of bytes does not depend on what they mean. */
export function putNoise(bytes: number): Buffer {
  const content = noise(bytes);
  hub.put("config.json", JSON.stringify(CONFIG));
  hub.put("model.safetensors", content, true);
  return content;
}

before(async () => {
  for (const name of Object.keys(process.env)) if (/^(HF|TRANSFORMERS)_/.test(name)) delete process.env[name];
  process.env.HF_HUB_DISABLE_IMPLICIT_TOKEN = "1";
  root = await mkdtemp(join(tmpdir(), "gradlab-hub-"));
  saved = join(root, "saved");
  const model = createModel(CONFIG);
  await saveModel(model, saved, { maxShardBytes: Math.ceil(model.paramCount * 4 * 0.6) });
  assert.ok(existsSync(join(saved, shard(2))), "the model is not in two shards");
});
beforeEach(async () => {
  hub = await FakeHub.start(REPO);
});
afterEach(() => hub.stop());
after(() => rmSync(root, { recursive: true, force: true }));
