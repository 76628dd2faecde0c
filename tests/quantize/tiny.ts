import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createModel, GradlabError, Tokenizer, type ConfigJson, type LanguageModel } from "gradlab";

export const SENTENCES = [
  "the cat sat on the mat and looked at the moon",
  "a dog ran over the hill to the river",
  "the river is long and the hill is low",
  "on the mat the dog and the cat looked at the hill",
];

export const tokenizer = Tokenizer.train(SENTENCES, { vocabSize: 300 });

export const LLAMA: ConfigJson = {
  model_type: "llama",
  vocab_size: 300,
  hidden_size: 48,
  intermediate_size: 80,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  num_key_value_heads: 1,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  hidden_act: "silu",
  eos_token_id: 0,
};

export const GPT2: ConfigJson = {
  model_type: "gpt2",
  vocab_size: 300,
  n_embd: 40,
  n_layer: 2,
  n_head: 5,
  n_positions: 64,
  activation_function: "gelu_new",
};

/** A small random model; `spread` makes its predictions less even than fresh weights do. */
export async function tinyModel(config: ConfigJson = LLAMA, spread = 8, id = "tiny"): Promise<LanguageModel> {
  const model = createModel(config, { id, tokenizer });
  for (const [name, parameter] of model.parameters) {
    if (!/norm|ln_|bias/.test(name)) parameter.assign(parameter.mul(spread));
    await parameter.settle();
  }
  return model;
}

export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gradlab-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The promise fails with a GradlabError of this code and these words. */
export const rejects = (promise: PromiseLike<unknown>, code: string, words: RegExp): Promise<void> =>
  assert.rejects(Promise.resolve(promise), (error: unknown) => {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });

/** The shape of the model that ships with gradlab. */
export const SHIPPED = {
  ...LLAMA,
  vocab_size: 4096,
  hidden_size: 192,
  intermediate_size: 512,
  num_hidden_layers: 5,
  num_attention_heads: 6,
  num_key_value_heads: 3,
  max_position_embeddings: 512,
};

/** ‖a − b‖ / ‖b‖ */
export function distance(a: Float32Array, b: Float32Array): number {
  const squares = (values: Float32Array): number => values.reduce((sum, x) => sum + x * x, 0);
  return Math.sqrt(squares(a.map((x, i) => x - b[i])) / squares(b));
}
