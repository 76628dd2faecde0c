import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { createEncoder, createModel, createSeq2Seq, exportModel, loadModel } from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { ROOT } from "../source-files.js";
import { farthest } from "./plain.js";

/** What of Transformers.js these tests use. */
interface TransformersJs {
  readonly env: { localModelPath: string; allowRemoteModels: boolean };
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: readonly number[]) => object;
  readonly AutoTokenizer: {
    from_pretrained(id: string): Promise<(text: string) => { readonly input_ids: JsTensor }>;
  };
  readonly AutoModelForCausalLM: { from_pretrained(id: string): Promise<JsModel> };
  readonly AutoModelForSeq2SeqLM: { from_pretrained(id: string): Promise<JsModel> };
  readonly AutoModelForSequenceClassification: {
    from_pretrained(id: string): Promise<(inputs: object) => Promise<{ readonly logits: JsTensor }>>;
  };
  pipeline(
    task: "text-generation",
    id: string,
  ): Promise<(text: string, options: object) => Promise<readonly { readonly generated_text: string }[]>>;
}

interface JsTensor {
  readonly data: Float32Array | BigInt64Array;
  tolist(): bigint[][];
}

interface JsModel {
  generate(inputs: object): Promise<JsTensor>;
}

/** The benchmarks install Transformers.js, which brings ONNX Runtime for browsers; `npm ci` does not. */
async function fromBench<T>(t: TestContext, name: string): Promise<T | undefined> {
  try {
    const path = createRequire(join(ROOT, "bench", "package.json")).resolve(name);
    return (await import(pathToFileURL(path).href)) as T;
  } catch (error) {
    t.skip(`${name} is not installed in bench/ (${(error as { code?: string }).code ?? String(error)})`);
    return undefined;
  }
}

async function load(t: TestContext): Promise<TransformersJs | undefined> {
  const library = await fromBench<TransformersJs>(t, "@huggingface/transformers");
  if (library) library.env.allowRemoteModels = false;
  return library;
}

test("Transformers.js opens the shipped model's folder and writes the same text and tokens", async (t) => {
  const library = await load(t);
  if (!library) return;
  const folder = await scratch(t);
  library.env.localModelPath = folder;
  const model = await loadModel("gradlab/en-3m");
  await exportModel(model, join(folder, "en"), { logits: "last" });
  const tokenizer = await library.AutoTokenizer.from_pretrained("en");
  const read = tokenizer("violin :").input_ids.tolist()[0].map(Number);
  assert.deepEqual(read, [...model.tokenizer!.encode("violin :")]);
  const { text, ids } = await model.generate("violin :", { maxNewTokens: 16, temperature: 0 });
  const write = await library.pipeline("text-generation", "en");
  const options = { max_new_tokens: 16, do_sample: false, return_full_text: false };
  const [{ generated_text: theirs }] = await write("violin :", options);
  assert.equal(theirs, text);
  assert.ok(ids.length >= 4);
});

const GPT2 = { model_type: "gpt2", vocab_size: 40, n_positions: 64, n_embd: 32, n_layer: 2, n_head: 2 };
const LLAMA = {
  model_type: "llama",
  vocab_size: 40,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
};
const PROMPT = [3, 17, 5, 9, 2, 11];

for (const config of [GPT2, LLAMA]) {
  for (const dtype of ["float32", "float16"] as const) {
    test(`Transformers.js writes generate's tokens with a ${config.model_type} of ${dtype} weights`, async (t) => {
      const library = await load(t);
      if (!library) return;
      const folder = await scratch(t);
      library.env.localModelPath = folder;
      const model = createModel(config, { seed: 5 });
      await exportModel(model, join(folder, "tiny"), { dtype });
      const theirs = await library.AutoModelForCausalLM.from_pretrained("tiny");
      const ids = BigInt64Array.from(PROMPT, BigInt);
      const out = await theirs.generate({
        inputs: new library.Tensor("int64", ids, [1, PROMPT.length]),
        attention_mask: new library.Tensor(
          "int64",
          ids.map(() => 1n),
          [1, PROMPT.length],
        ),
        max_new_tokens: 8,
        do_sample: false,
      });
      const { ids: ours } = await model.generate(PROMPT, { maxNewTokens: 8, temperature: 0 });
      assert.deepEqual(out.tolist()[0].map(Number), [...PROMPT, ...ours]);
    });
  }
}

test("Transformers.js classifies with an exported encoder", async (t) => {
  const library = await load(t);
  if (!library) return;
  const folder = await scratch(t);
  library.env.localModelPath = folder;
  const sizes = {
    vocab_size: 30,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
  };
  const model = createEncoder(
    { model_type: "bert", ...sizes },
    { head: "sequence-classification", labels: ["no", "yes"] },
  );
  await exportModel(model, join(folder, "classifier"));
  const theirs = await library.AutoModelForSequenceClassification.from_pretrained("classifier");
  const tensor = (values: readonly number[]): object =>
    new library.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  const { logits } = await theirs({ input_ids: tensor(PROMPT), attention_mask: tensor(PROMPT.map(() => 1)) });
  const ours = await model.forward([PROMPT]).logits!.data();
  ours.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(logits.data[i])) < 1e-5));
});

test("Transformers.js writes generate's tokens with an exported T5", async (t) => {
  const library = await load(t);
  if (!library) return;
  const folder = await scratch(t);
  library.env.localModelPath = folder;
  const sizes = { vocab_size: 40, d_model: 16, d_ff: 24, d_kv: 8, num_layers: 2, num_heads: 2 };
  const model = createSeq2Seq(
    { model_type: "t5", ...sizes, eos_token_id: 1, pad_token_id: 0, decoder_start_token_id: 0 },
    { seed: 4 },
  );
  await exportModel(model, join(folder, "t5"), { externalData: true });
  const theirs = await library.AutoModelForSeq2SeqLM.from_pretrained("t5");
  const ids = BigInt64Array.from(PROMPT, BigInt);
  const out = await theirs.generate({
    inputs: new library.Tensor("int64", ids, [1, PROMPT.length]),
    attention_mask: new library.Tensor(
      "int64",
      ids.map(() => 1n),
      [1, PROMPT.length],
    ),
    max_new_tokens: 8,
    do_sample: false,
  });
  const [{ ids: ours }] = await model.generate({ ids: [PROMPT] }, { maxNewTokens: 8 });
  const [, ...written] = out.tolist()[0].map(Number);
  assert.ok(ours.length > 3);
  assert.deepEqual(written.slice(0, ours.length), [...ours]);
});

for (const contrib of [true, false]) {
  test(`ONNX Runtime for browsers (WebAssembly) runs an exported model (contrib: ${contrib})`, async (t) => {
    const ort = await fromBench<typeof import("onnxruntime-node")>(t, "onnxruntime-web");
    if (!ort) return;
    ort.env.wasm.numThreads = 1;
    const folder = join(await scratch(t), "out");
    const model = createModel(LLAMA, { seed: 5 });
    await exportModel(model, folder, { form: "forward", contrib });
    const bytes = readFileSync(join(folder, "onnx", "model.onnx"));
    const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
    const ids = new ort.Tensor("int64", BigInt64Array.from(PROMPT, BigInt), [1, PROMPT.length]);
    const { logits } = await session.run({ input_ids: ids });
    assert.ok(farthest(logits, (await model.forward([PROMPT]).data()) as Float32Array) < 1e-5);
    await session.release();
  });
}
