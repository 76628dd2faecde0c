import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  architectureOf,
  attachBlocks,
  createModel,
  exportModel,
  forwardWithPast,
  hostArray,
  LanguageModel,
  loadModel,
  makeBlocks,
  QUANT_METHODS,
  tensor,
  ids as idTensor,
  Variable,
  zeros,
  type Tensor,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { goldenParameter } from "../models/golden-weights.js";

import { readGolden, type GoldenCase } from "../nn/golden.js";
import { refused } from "../refused.js";
import { farthest, greedy, int64, openFolder } from "./plain.js";

interface GoldenDecoder extends GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
}

/** Weights wide enough that logits lie apart. */
function build(json: GoldenDecoder["config"]): LanguageModel {
  const architecture = architectureOf(json, "config");
  const config = architecture.parse(json, "config");
  const parameters = new Map(
    architecture
      .parameters(config)
      .map(({ name, shape }) => [name, new Variable(goldenParameter(name, shape, json.model_type), name)]),
  );
  return new LanguageModel({ id: "golden", architecture, config, parameters });
}

const GPT2 = { model_type: "gpt2", vocab_size: 40, n_positions: 64, n_embd: 32, n_layer: 2, n_head: 2 };
const DECODERS: readonly (readonly [string, GoldenDecoder["config"]])[] = [
  ["gpt2", GPT2],
  ...Object.entries(readGolden<GoldenDecoder>("models-decoders.json")).map(
    ([name, { config }]) => [name, config] as const,
  ),
];

const PROMPT = [3, 17, 5, 9, 2, 11];
const NEW = 10;
const seen = (row: readonly number[]): number[] => row.map(() => 1);

const written = async (model: LanguageModel, prompt: readonly number[]): Promise<readonly number[]> =>
  (await model.generate(prompt, { maxNewTokens: NEW, temperature: 0 })).ids;

for (const [name, config] of DECODERS) {
  test(`${name}: the exported decoder writes generate's tokens, alone and beside a padded row`, async (t) => {
    const model = build(config);
    const folder = join(await scratch(t), "out");
    await exportModel(model, folder);
    const decoder = await openFolder(folder);
    const want = await written(model, PROMPT);
    assert.equal(want.length, NEW);
    assert.deepEqual(await greedy(decoder, [PROMPT], [seen(PROMPT)], NEW), [want]);
    const short = PROMPT.slice(0, 3);
    const rows = await greedy(
      decoder,
      [PROMPT, [0, 0, 0, ...short]],
      [seen(PROMPT), [0, 0, 0, ...seen(short)]],
      NEW,
    );
    assert.deepEqual(rows, [want, await written(model, short)]);
  });

  test(`${name}: the exported forward pass gives the model's logits for every batch and length`, async (t) => {
    const model = build(config);
    const folder = join(await scratch(t), "out");
    const { models } = await exportModel(model, folder, { form: "forward", contrib: false });
    const { inputs, extensions } = Object.values(models)[0];
    assert.deepEqual(inputs, [
      { name: "input_ids", dtype: "int64", shape: ["batch_size", "sequence_length"] },
    ]);
    assert.deepEqual(extensions, []);
    const { session } = await openFolder(folder);
    for (const rows of [[[4]], [PROMPT, PROMPT.toReversed()]]) {
      const { logits } = await session.run({ input_ids: int64(rows) });
      assert.ok(farthest(logits, (await model.forward(rows).data()) as Float32Array) < 1e-5);
    }
  });
}

test("the shipped model's folder writes what it writes here, with and without ONNX Runtime's own operators", async (t) => {
  const model = await loadModel("gradlab/en-3m");
  const prompt = [...model.tokenizer!.encode("violin :")];
  const want = await written(model, prompt);
  for (const contrib of [true, false]) {
    const folder = join(await scratch(t), "en");
    const { files, models } = await exportModel(model, folder, { contrib });
    const { extensions } = Object.values(models)[0];
    assert.deepEqual(files.toSorted(), [
      "config.json",
      "generation_config.json",
      "onnx/model.onnx",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    assert.equal(extensions.length > 0, contrib);
    assert.ok(files.every((file) => existsSync(join(folder, file))));
    const got = await greedy(await openFolder(folder), [prompt], [seen(prompt)], want.length);
    assert.deepEqual(got, [want]);
  }
});

test("weights of float16 lie in model_fp16.onnx, beside which the config says so", async (t) => {
  const model = await loadModel("gradlab/en-3m");
  const folder = join(await scratch(t), "en");
  const { files } = await exportModel(model, folder, { dtype: "float16", externalData: true });
  assert.deepEqual(files.slice(0, 2), ["onnx/model_fp16.onnx", "onnx/model_fp16.onnx_data"]);
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Record<string, unknown>;
  assert.deepEqual(config["transformers.js_config"], { dtype: "fp16", use_external_data_format: true });
  assert.ok(statSync(join(folder, files[1])).size < 2.2 * model.paramCount);
  const prompt = [...model.tokenizer!.encode("violin :")];
  // The shipped weights are float16, so nothing is lost.
  const got = await greedy(await openFolder(folder, files[0]), [prompt], [seen(prompt)], NEW);
  assert.deepEqual(got, [await written(model, prompt)]);
});

test("an export replaces an earlier one, and refuses a folder with other files", async (t) => {
  const model = createModel(GPT2);
  const folder = join(await scratch(t), "out");
  await exportModel(model, folder);
  await exportModel(model, folder, { form: "forward" });
  assert.deepEqual(readdirSync(folder).sort(), ["config.json", "generation_config.json", "onnx"]);
  writeFileSync(join(folder, "model.safetensors"), "weights");
  const error = await refused("E_CONFIG", () => exportModel(model, folder));
  assert.match(error.sentence, /model\.safetensors/);
  assert.equal(readFileSync(join(folder, "model.safetensors"), "utf8"), "weights");
});

const LLAMA = {
  model_type: "llama",
  vocab_size: 40,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
};

for (const [method, file] of [
  ["dynamic_int8", "onnx/model_quantized.onnx"],
  ["int4_weight_only", "onnx/model_q4.onnx"],
] as const) {
  test(`weights in blocks of ${method} stay in blocks, in ${file}`, async (t) => {
    const model = createModel(LLAMA, { seed: 8 });
    for (const [name, layer] of model.linears) {
      const [rows, columns] = layer.weight.shape;
      const { linear } = QUANT_METHODS[method];
      const { bits, accuracyLevel } = linear;
      const data = (await layer.weight.array()).data as Float32Array;
      const { packed, scales } = linear.fit({ name, rows, columns, data }, 32);
      const blocks = [
        hostArray(packed, [rows, columns / 32, 4 * bits]),
        hostArray(scales, [rows, columns / 32]),
      ] as const;
      attachBlocks(layer, makeBlocks(name, ...blocks, { bits, block: 32, accuracyLevel }));
    }
    const folder = join(await scratch(t), "out");
    const { files, models } = await exportModel(model, folder);
    const { extensions } = Object.values(models)[0];
    assert.equal(files[0], file);
    assert.ok(extensions.includes("com.microsoft.MatMulNBits"));
    const got = await greedy(await openFolder(folder, file), [PROMPT], [seen(PROMPT)], NEW);
    assert.deepEqual(got, [await written(model, PROMPT)]);
    const error = await refused("E_CONFIG", () => exportModel(model, join(folder, "x"), { contrib: false }));
    assert.match(error.sentence, /MatMulNBits/);
    assert.ok(!existsSync(join(folder, "x")));
  });
}

test("an adapter is computed beside its layer", async (t) => {
  const model = createModel(LLAMA, { seed: 8 });
  const before = await written(model, PROMPT);
  for (const [name, layer] of model.linears) {
    const [out, from] = layer.weight.shape;
    const part = (suffix: string, shape: readonly number[]): Variable =>
      new Variable(goldenParameter(`${name}.${suffix}`, shape, "llama"), `${name}.${suffix}`);
    layer.delta = { a: part("a", [2, from]), b: part("b", [out, 2]), scale: 2 };
  }
  const folder = join(await scratch(t), "out");
  await exportModel(model, folder);
  const want = await written(model, PROMPT);
  assert.notDeepEqual(want, before);
  assert.deepEqual(await greedy(await openFolder(folder), [PROMPT], [seen(PROMPT)], NEW), [want]);
});

test("positions given to a model count, whatever the place in its past", async () => {
  const model = createModel(LLAMA, { seed: 8 });
  const past = Array.from({ length: 2 * model.config.layers }, () => zeros([1, 2, 1, 8]));
  const mask = (...values: readonly number[]): Tensor => tensor([values]).greater(0);
  const run = (first: number): Promise<ArrayLike<number | bigint>> =>
    forwardWithPast(model, {
      ids: idTensor([[3, 17]]),
      positions: idTensor([[first, first + 1]]),
      mask: mask(0, 1, 1),
      past,
    }).logits.data();
  const plain = await model.forward([[3, 17]]).data();
  // Rotations tell distances only.
  for (const logits of [await run(0), await run(7)]) {
    plain.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(logits[i])) < 1e-5));
  }
  const wrong = { ids: idTensor([[3]]), positions: idTensor([[0]]), mask: mask(1), past };
  await refused("E_SHAPE", () => forwardWithPast(model, wrong));
});

test("logits after the last token alone write the same", async (t) => {
  const model = build(GPT2);
  const folder = join(await scratch(t), "out");
  const { models } = await exportModel(model, folder, { logits: "last" });
  assert.deepEqual(models["onnx/model.onnx"].outputs[0].shape, ["batch_size", 1, 40]);
  const got = await greedy(
    await openFolder(folder),
    [PROMPT, PROMPT.toReversed()],
    [seen(PROMPT), seen(PROMPT)],
    NEW,
  );
  assert.deepEqual(got, [await written(model, PROMPT), await written(model, PROMPT.toReversed())]);
  await refused("E_CONFIG", () => exportModel(model, folder, { form: "forward", logits: "last" }));
});

test("a model of blocks that attend and blocks that recur is refused as a decoder", async (t) => {
  const model = createModel({ ...LLAMA, num_hidden_layers: 2 }, { seed: 8 });
  const identity = { states: [], run: (y: Tensor) => ({ y, after: [] }) };
  const mixed = {
    ...model.architecture,
    build: (...given: Parameters<typeof model.architecture.build>) => {
      const network = model.architecture.build(...given);
      const [first] = network.blocks;
      return { ...network, blocks: [first, { mixer: identity, forward: (x: Tensor) => x }] };
    },
  };
  const hybrid = new LanguageModel({ ...model.parts(), architecture: mixed });
  const folder = join(await scratch(t), "out");
  await refused("E_CONFIG", () => exportModel(hybrid, folder));
  assert.ok(!existsSync(folder));
});
