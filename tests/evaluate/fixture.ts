import assert from "node:assert/strict";
import {
  createModel,
  Evaluator,
  GradlabError,
  tokenizeExample,
  Tokenizer,
  type EvaluatorOptions,
  type LanguageModel,
  type Row,
} from "gradlab";

export const TEXTS = [
  "the cat sat on the mat and looked at the moon",
  "a dog ran over the hill to the river – far away",
  "the river is long and the hill is low",
  "on the mat the dog and the cat looked at the hill and at the river and at the moon again and again",
];
export const tokenizer = Tokenizer.train(TEXTS, { vocabSize: 290 });
export const V = 290;
export const CONFIG = {
  model_type: "llama",
  vocab_size: V,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 32,
  tie_word_embeddings: true,
  hidden_act: "silu",
  eos_token_id: 0,
};
export const TEXT_ROWS = TEXTS.map((text) => ({ text }));
export const QUESTIONS = [
  { prompt: "the cat", completion: " sat" },
  { prompt: "the dog", completion: " ran" },
  { prompt: "the river", completion: " sat" },
  { prompt: "over the hill and far away", completion: " ran" },
  { prompt: "the moon", completion: " sat" },
];

export async function randomModel(id = "random", seed = 42): Promise<LanguageModel> {
  const model = createModel(CONFIG, { id, seed, tokenizer });
  for (const parameter of model.parameters.values()) {
    if (parameter.shape.length === 2) parameter.assign(parameter.mul(8));
    await parameter.settle();
  }
  return model;
}

/** Zero weights: every token is as likely as any other. */
export async function uniformModel(): Promise<LanguageModel> {
  const model = createModel(CONFIG, { id: "uniform", tokenizer });
  for (const parameter of model.parameters.values()) {
    parameter.assign(parameter.mul(0));
    await parameter.settle();
  }
  return model;
}

export const run = (options: EvaluatorOptions) => new Evaluator(options).run();

export const near = (got: number, want: number, tolerance: number): void =>
  assert.ok(Math.abs(got - want) <= tolerance * Math.max(1, Math.abs(want)), `${got}, expected ${want}`);

export const rejects = (promise: PromiseLike<unknown>, code: string, words: RegExp): Promise<void> =>
  assert.rejects(Promise.resolve(promise), (error: unknown) => {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });

/** −Σ ln softmax(logits)[next] over the counted tokens, in double precision from forward()'s logits. */
export async function plainNats(model: LanguageModel, row: Row): Promise<{ nats: number; tokens: number }> {
  const { ids, lossMask } = tokenizeExample(row, tokenizer);
  const logits = await model.forward([Array.from(ids.subarray(0, -1))]).data();
  let [nats, tokens] = [0, 0];
  for (let t = 1; t < ids.length; t++) {
    if (lossMask[t] === 0) continue;
    const row = Array.from({ length: V }, (_, i) => Number(logits[(t - 1) * V + i]));
    const top = Math.max(...row);
    nats += top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) - row[ids[t]];
    tokens++;
  }
  return { nats, tokens };
}
