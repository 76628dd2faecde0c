import assert from "node:assert/strict";

import { join } from "node:path";
import { test } from "node:test";
import {
  createClip,
  createEncoder,
  createSeq2Seq,
  createVision,
  exportModel,
  ids as idTensor,
  type EncoderHead,
  type Tensor,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";

import { fill, type GoldenPretrained } from "../models/pretrained.js";
import { leaf, readGolden } from "../nn/golden.js";
import { refused } from "../refused.js";
import { farthest, float32, greedySteps, int64, open, openFolder } from "./plain.js";

const PROMPT = [3, 17, 5, 9, 2, 11];
const NEW = 10;
const seen = (row: readonly number[]): number[] => row.map(() => 1);

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
