import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  architectureOf,
  attachBlocks,
  createClip,
  createEncoder,
  createModel,
  createSeq2Seq,
  createVision,
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
  type EncoderHead,
  type Tensor,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { goldenParameter } from "../models/golden-weights.js";
import { fill, type GoldenPretrained } from "../models/pretrained.js";
import { leaf, readGolden, type GoldenCase } from "../nn/golden.js";
import { refused } from "../refused.js";
import { farthest, float32, greedy, greedySteps, int64, open, openFolder } from "./plain.js";

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
  const model = await loadModel("gradlab/en");
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
  const model = await loadModel("gradlab/en");
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

const LENGTHS = [3, 7];
const HEADS: readonly EncoderHead[] = [
  "none",
  "masked-lm",
  "sequence-classification",
  "token-classification",
  "question-answering",
];
const BERT = {
  vocab_size: 30,
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  max_position_embeddings: 64,
};
const DISTILBERT = {
  vocab_size: 30,
  dim: 16,
  hidden_dim: 24,
  n_layers: 2,
  n_heads: 2,
  max_position_embeddings: 64,
};

for (const type of ["bert", "roberta", "distilbert"]) {
  test(`${type}: every head is exported under the field's names, and padding is masked`, async (t) => {
    const folder = join(await scratch(t), "out");
    for (const head of HEADS) {
      const sizes =
        type === "distilbert" ? DISTILBERT : { ...BERT, type_vocab_size: type === "bert" ? 2 : 1 };
      const model = createEncoder({ model_type: type, ...sizes }, { head, labels: 3 });
      const { models } = await exportModel(model, folder);
      const { inputs } = Object.values(models)[0];
      const typed = inputs.some(({ name }) => name === "token_type_ids");
      assert.equal(typed, type === "bert");
      const { session } = await openFolder(folder);
      for (const length of LENGTHS) {
        const rows = [0, 1].map((row) => Array.from({ length }, (_, i) => 5 + ((3 * i + row) % 20)));
        const mask = [rows[0].map(() => 1), rows[1].map((_, i) => (i < length - 1 ? 1 : 0))];
        const types = rows.map((row) => row.map((_, i) => Number(i > 1)));
        const { hidden, logits } = model.forward({
          ids: rows,
          mask,
          ...(typed ? { tokenTypes: types } : {}),
        });
        const got = await session.run({
          input_ids: int64(rows),
          attention_mask: int64(mask),
          ...(typed ? { token_type_ids: int64(types) } : {}),
        });
        const want = wantedOf(head, hidden, logits);
        assert.deepEqual(Object.keys(got).sort(), Object.keys(want).sort());
        for (const [name, value] of Object.entries(want)) {
          assert.ok(farthest(got[name], (await value.data()) as Float32Array) < 1e-5, `${head}: ${name}`);
        }
      }
    }
  });
}

function wantedOf(head: EncoderHead, hidden: Tensor, logits: Tensor | undefined): Record<string, Tensor> {
  if (!logits) return { last_hidden_state: hidden };
  if (head !== "question-answering") return { logits };
  const end = (at: number): Tensor => logits.slice(at, at + 1, 2);
  return { start_logits: end(0), end_logits: end(1) };
}

test("ViT and CLIP are exported for any number of images and texts", async (t) => {
  const folder = await scratch(t);
  const vit = readGolden<GoldenPretrained>("vit.json").none;
  const vision = fill(createVision(vit.config), vit.weights);
  await exportModel(vision, join(folder, "vit"));
  const images = leaf(vit.inputs.images);
  const { session } = await openFolder(join(folder, "vit"));
  for (const batch of [images, images.slice(0, 1)]) {
    const got = await session.run({ pixel_values: float32(await batch.array()) });
    assert.ok(
      farthest(got.last_hidden_state, (await vision.forward(batch).hidden.data()) as Float32Array) < 1e-5,
    );
  }
  const text_config = {
    vocab_size: 40,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 64,
  };
  const vision_config = {
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    image_size: 6,
    patch_size: 2,
  };
  const clip = createClip({ model_type: "clip", projection_dim: 6, text_config, vision_config });
  await exportModel(clip, join(folder, "clip"));
  const both = await open(join(folder, "clip", "onnx", "model.onnx"));
  const [rows, mask] = [
    [
      [1, 8, 39, 0],
      [1, 7, 6, 39],
      [1, 39, 0, 0],
    ],
    [
      [1, 1, 1, 0],
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ],
  ];
  const got = await both.run({
    input_ids: int64(rows),
    attention_mask: int64(mask),
    pixel_values: float32(await images.array()),
  });
  const { textVectors, imageVectors, logitsPerImage } = clip.forward({ ids: idTensor(rows), mask }, images);
  for (const [name, value] of Object.entries({
    text_embeds: textVectors,
    image_embeds: imageVectors,
    logits_per_image: logitsPerImage,
    logits_per_text: logitsPerImage.transpose(),
  })) {
    assert.deepEqual(got[name].dims, value.shape);
    assert.ok(farthest(got[name], (await value.data()) as Float32Array) < 1e-5, name);
  }
  await refused("E_CONFIG", () => exportModel(vision, join(folder, "x"), { form: "decoder" }));
});

test("T5's forward pass is exported for sources and targets of any length", async (t) => {
  const folder = join(await scratch(t), "out");
  const golden = readGolden<GoldenPretrained>("t5-v1.1.json").t5;
  const model = fill(createSeq2Seq(golden.config), golden.weights);
  const { models } = await exportModel(model, folder, { form: "forward", contrib: false });
  const { extensions } = Object.values(models)[0];
  assert.deepEqual(extensions, []);
  const { session } = await openFolder(folder);
  // Longer than the largest distance that has a bucket of its own.
  for (const [sourceLength, targetLength] of [
    [4, 1],
    [30, 23],
  ]) {
    const rowsOf = (length: number): number[][] =>
      [0, 1].map((row) => Array.from({ length }, (_, i) => 2 + ((5 * i + row) % 18)));
    const [source, target] = [rowsOf(sourceLength), rowsOf(targetLength)];
    const mask = source.map((row, i) => row.map((_, at) => Number(i === 0 || at < sourceLength - 2)));
    const { logits, encoded } = model.forward({ ids: source, mask }, target);
    const got = await session.run({
      input_ids: int64(source),
      attention_mask: int64(mask),
      decoder_input_ids: int64(target),
    });
    assert.ok(farthest(got.logits, (await logits.data()) as Float32Array) < 1e-5);
    assert.ok(farthest(got.encoder_last_hidden_state, (await encoded.data()) as Float32Array) < 1e-5);
  }
});

test("T5's encoder and decoder write generate's tokens, one step after the other", async (t) => {
  const folder = join(await scratch(t), "out");
  const golden = readGolden<GoldenPretrained>("t5-v1.1.json").t5;
  const model = fill(createSeq2Seq(golden.config), golden.weights);
  const { files } = await exportModel(model, folder);
  assert.deepEqual(files.slice(0, 2), ["onnx/encoder_model.onnx", "onnx/decoder_model_merged.onnx"]);
  const source = [PROMPT, [...PROMPT.slice(0, 4), 0, 0]];
  const mask = [seen(PROMPT), [1, 1, 1, 1, 0, 0]];
  const encoder = await openFolder(folder, files[0]);
  const { last_hidden_state } = await encoder.session.run({
    input_ids: int64(source),
    attention_mask: int64(mask),
  });
  const beside = { encoder_hidden_states: last_hidden_state, encoder_attention_mask: int64(mask) };
  const got = await greedySteps(await openFolder(folder, files[1]), [[0], [0]], NEW, () => beside);
  const want = await model.generate({ ids: source, mask }, { maxNewTokens: NEW });
  assert.ok(want.some(({ ids }) => ids.length > 3));
  // The end token itself is not among what generate gives.
  want.forEach(({ ids }, row) => assert.deepEqual(got[row].slice(0, ids.length), [...ids]));
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
  const { layers, groups, headWidth } = model.config;
  const past = Array.from({ length: 2 * layers }, () => zeros([1, groups, 1, headWidth]));
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

test("a model without keys and values is refused as a decoder", async (t) => {
  const model = createModel(LLAMA, { seed: 8 });
  const idle = {
    ...model.architecture,
    build: (...given: Parameters<typeof model.architecture.build>) => {
      const network = model.architecture.build(...given);
      return { ...network, blocks: network.blocks.map(() => ({ forward: (x: Tensor) => x })) };
    },
  };
  const recurrent = new LanguageModel({ ...model.parts(), architecture: idle });
  const folder = join(await scratch(t), "out");
  await refused("E_CONFIG", () => exportModel(recurrent, folder));
  assert.ok(!existsSync(folder));
});
