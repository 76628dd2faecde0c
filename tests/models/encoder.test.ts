import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  AdamW,
  attachBlocks,
  bestSpan,
  compile,
  createEncoder,
  grad,
  hostArray,
  ids,
  loadEncoder,
  loadModel,
  makeBlocks,
  padRows,
  readSafetensors,
  saveModel,
  tensor,
  Tokenizer,
  Variable,
  WordPieceTokenizer,
  writeSafetensors,
  zeros,
  type EncoderHead,
  type Tensor,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";

const SIZES = {
  bert: {
    vocab_size: 30,
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 12,
  },
  distilbert: {
    vocab_size: 30,
    dim: 16,
    hidden_dim: 24,
    n_layers: 2,
    n_heads: 2,
    max_position_embeddings: 12,
  },
};
const CONFIGS = {
  bert: { model_type: "bert", ...SIZES.bert },
  roberta: { model_type: "roberta", ...SIZES.bert, type_vocab_size: 1, pad_token_id: 1 },
  "xlm-roberta": { model_type: "xlm-roberta", ...SIZES.bert, type_vocab_size: 1, pad_token_id: 1 },
  camembert: { model_type: "camembert", ...SIZES.bert, type_vocab_size: 1, pad_token_id: 1 },
  distilbert: { model_type: "distilbert", ...SIZES.distilbert },
};

for (const [family, config] of Object.entries(CONFIGS)) {
  test(`${family}: saved and loaded again it is the same, with the files beside it`, async (t) => {
    const folder = await scratch(t);
    for (const head of ["none", "masked-lm", "sequence-classification", "question-answering"] as const) {
      const model = createEncoder(config, { head, labels: ["no", "maybe", "yes"], seed: 3 });
      const first = await saveModel(model, join(folder, head));
      await writeFile(join(first, "preprocessor_config.json"), '{"kept": true}');
      const loaded = await loadEncoder(first);
      assert.deepEqual([loaded.config.head, loaded.labels], [head, ["no", "maybe", "yes"]]);
      assert.deepEqual([loaded.initialized, loaded.unused], [[], []]);
      const second = await loadEncoder(await saveModel(loaded, join(folder, `${head}-again`)));
      assert.deepEqual(second.files, loaded.files);
      assert.equal(new TextDecoder().decode(second.files.get("preprocessor_config.json")), '{"kept": true}');
      const input = [[2, 5, 7, 9]];
      const output = head === "none" ? "hidden" : "logits";
      assert.deepEqual(
        await second.forward(input)[output]!.data(),
        await model.forward(input)[output]!.data(),
      );
    }
  });
}

test("a bare model's checkpoint without the prefix, and one with TensorFlow's names, load", async (t) => {
  const folder = await scratch(t);
  const model = createEncoder(CONFIGS.bert, { head: "none" });
  const saved = await saveModel(model, join(folder, "bert"));
  const file = join(saved, "model.safetensors");
  const renamed = [...(await readSafetensors(file))].map(
    ([name, array]) =>
      [
        name
          .replace(/^bert\./, "")
          .replace("LayerNorm.weight", "LayerNorm.gamma")
          .replace("LayerNorm.bias", "LayerNorm.beta"),
        array,
      ] as const,
  );
  await writeSafetensors(file, [...renamed, ["embeddings.position_ids", await ids([[0, 1]]).array()]]);
  const loaded = await loadEncoder(saved);
  assert.deepEqual(loaded.unused, ["embeddings.position_ids"]);
  assert.deepEqual(await loaded.embed([[3, 4]]).data(), await model.embed([[3, 4]]).data());
});

test("a new head starts afresh and is named; without asking for it, it is an error", async (t) => {
  const folder = await scratch(t);
  const base = await saveModel(createEncoder(CONFIGS.bert, { head: "masked-lm" }), join(folder, "base"));
  const model = await loadEncoder(base, { head: "sequence-classification", labels: 4 });
  assert.deepEqual(model.initialized, [
    "bert.pooler.dense.weight",
    "bert.pooler.dense.bias",
    "classifier.weight",
    "classifier.bias",
  ]);
  assert.ok(model.unused.every((name) => name.startsWith("cls.predictions.")) && model.unused.length === 5);
  assert.deepEqual(model.forward([[1, 2]]).logits!.shape, [1, 4]);
  const tuned = await saveModel(model, join(folder, "tuned"));
  await assert.rejects(loadEncoder(tuned, { head: "sequence-classification", labels: 5 }), {
    code: "E_WEIGHT_MISMATCH",
    message: /classifier\.weight is float32\[4, 16\] in the file, config\.json makes it float32\[5, 16\]/,
  });
  const other = await loadEncoder(tuned, { labels: 5, newHead: true });
  assert.deepEqual(other.forward([[1, 2]]).logits!.shape, [1, 5]);
  const config = { ...CONFIGS.bert, architectures: ["BertForSequenceClassification"] };
  await assert.rejects(loadEncoder(base, { config }), { code: "E_WEIGHT_MISMATCH", message: /bert\.pooler/ });
});

test("what is not built is refused by the name of its field", () => {
  const refused: readonly [object, RegExp][] = [
    [{ position_embedding_type: "relative_key" }, /"position_embedding_type": "relative_key"/],
    [{ is_decoder: true }, /"is_decoder": true/],
    [{ add_cross_attention: true }, /"add_cross_attention"/],
    [{ tie_word_embeddings: false }, /"tie_word_embeddings"/],
    [{ embedding_size: 8 }, /"embedding_size": 8/],
    [{ hidden_act: "mish" }, /"hidden_act": "mish"/],
    [{ problem_type: "multi_label_classification" }, /"problem_type"/],
    [{ architectures: ["BertForMultipleChoice"] }, /"architectures": "BertForMultipleChoice"/],
    [{ architectures: ["BertForSequenceClassification"], num_labels: 1 }, /1 label \(regression\)/],
    [{ model_type: "t5" }, /loadEncoder does not read model_type "t5"/],
  ];
  for (const [fields, message] of refused) {
    assert.throws(() => createEncoder({ ...CONFIGS.bert, ...fields }), {
      code: "E_UNSUPPORTED_ARCH",
      message,
    });
  }
  assert.throws(() => createEncoder({ ...CONFIGS.bert, num_attention_heads: 3 }), {
    code: "E_FILE_FORMAT",
    message: /3 heads do not divide the width 16/,
  });
});

test("shapes that do not fit are refused with both", () => {
  const model = createEncoder(CONFIGS.bert, { head: "sequence-classification", labels: 2 });
  const cases: readonly [() => unknown, string, RegExp][] = [
    [() => model.forward(zeros([1, 3])), "E_SHAPE", /int32\[B, T\], got float32\[1, 3\]/],
    [() => model.forward([Array<number>(13).fill(2)]), "E_SHAPE", /13 tokens are more than the 12 positions/],
    [() => model.forward({ ids: [[1, 2]], mask: [[1]] }), "E_SHAPE", /mask int32\[1, 1\].*ids int32\[1, 2\]/],
    [
      () => model.loss([[1, 2]], ids([[0, 1]])),
      "E_SHAPE",
      /int32\[1\] for logits float32\[1, 2\], got int32\[1, 2\]/,
    ],
    [() => createEncoder(CONFIGS.bert).loss([[1]], tensor([0], { dtype: "int32" })), "E_CONFIG", /no head/],
    [
      () => createEncoder(CONFIGS.distilbert).forward({ ids: [[1]], tokenTypes: [[0]] }),
      "E_CONFIG",
      /no token types/,
    ],
    [
      () => createEncoder(CONFIGS.distilbert).embed([[1]], { pooling: "pooled" }),
      "E_CONFIG",
      /no pooled output/,
    ],
    [
      () => createEncoder({ ...CONFIGS.roberta, max_position_embeddings: 5 }).forward([[2, 2, 2, 2]]),
      "E_SHAPE",
      /4 tokens are more than the 3 positions/,
    ],
  ];
  for (const [act, code, message] of cases) assert.throws(act, { code, message });
});

test("loadModel names the loader for an encoder", async (t) => {
  const saved = await saveModel(createEncoder(CONFIGS.bert), join(await scratch(t), "bert"));
  await assert.rejects(loadModel(saved), { code: "E_UNSUPPORTED_ARCH", message: /loadEncoder/ });
});

test("texts become one padded batch; a folder whose tokenizer cannot be followed keeps its files", async (t) => {
  const tokenizer = Tokenizer.train(["a text", "another text"], { vocabSize: 262 });
  const json = { ...CONFIGS.bert, vocab_size: 262, pad_token_id: 1 };
  const model = createEncoder(json, { tokenizer });
  const { ids: rows, mask } = model.encode(["a", "a text"]);
  assert.equal(rows.shape[1], tokenizer.encode("a text").length);
  assert.equal(
    [...(await mask.data())].filter((value) => Number(value) === 1).length,
    tokenizer.encode("a").length + rows.shape[1],
  );
  assert.deepEqual(model.embed({ ids: rows, mask }).shape, [2, 16]);
  const folder = await saveModel(model, join(await scratch(t), "bert"));
  await writeFile(join(folder, "tokenizer.json"), '{"model": {"type": "Mystery", "vocab": {}}}');
  const loaded = await loadEncoder(folder);
  assert.throws(() => loaded.encode(["a"]), { code: "E_TOKENIZER", message: /Mystery/ });
  assert.ok(loaded.files.has("tokenizer.json"));
});

test("in shards it is saved and loaded the same", async (t) => {
  const model = createEncoder(CONFIGS.roberta, { head: "masked-lm" });
  const folder = await saveModel(model, join(await scratch(t), "roberta"), { maxShardBytes: 6000 });
  const names = (await readdir(folder)).filter((name) => name.includes("safetensors"));
  assert.ok(names.length > 3 && names.includes("model.safetensors.index.json"), names.join());
  assert.match(names[0], /^model-00001-of-0000\d\.safetensors$/);
  const loaded = await loadEncoder(folder);
  assert.deepEqual(
    await loaded.forward([[4, 5]]).logits!.data(),
    await model.forward([[4, 5]]).logits!.data(),
  );
});

test("linear layers take low-rank changes, and weights in blocks that are saved and loaded", async (t) => {
  const model = createEncoder(CONFIGS.bert, { head: "sequence-classification", labels: 2 });
  const before = await model.forward([[4, 5]]).logits!.data();
  assert.deepEqual(model.linearNames().slice(0, 2), [
    "bert.encoder.layer.0.attention.self.query",
    "bert.encoder.layer.0.attention.self.key",
  ]);
  const layer = model.linears.get("bert.encoder.layer.1.output.dense")!;
  const lowRank = (name: string, rows: number, columns: number): Variable =>
    new Variable(hostArray(new Float32Array(rows * columns).fill(0.1), [rows, columns]), name);
  layer.delta = { a: lowRank("a", 2, 24), b: lowRank("b", 16, 2), scale: 1 };
  assert.notDeepEqual(await model.forward([[4, 5]]).logits!.data(), before);
  await assert.rejects(saveModel(model, join(await scratch(t), "lost")), {
    code: "E_CONFIG",
    message: /not merged/,
  });
  layer.delta = undefined;
  for (const [name, rows] of [
    ["classifier", 2],
    ["bert.encoder.layer.0.attention.self.query", 16],
  ] as const) {
    const packed = Uint8Array.from({ length: rows * 16 }, (_, i) => 128 + ((i * 7) % 31) - 15);
    const scales = new Float32Array(rows).fill(2 ** -8);
    const blocks = makeBlocks(name, hostArray(packed, [rows, 1, 16]), hostArray(scales, [rows, 1]), {
      bits: 8,
      block: 16,
      accuracyLevel: 0,
    });
    attachBlocks(model.linears.get(name)!, blocks);
  }
  const folder = await saveModel(model, join(await scratch(t), "blocks"));
  const changed = await model.forward([[4, 5]]).logits!.data();
  assert.notDeepEqual(changed, before);
  const options = [{}, { head: "sequence-classification" as const }];
  for (const option of options) {
    const loaded = await loadEncoder(folder, option);
    assert.deepEqual([loaded.initialized, loaded.unused], [[], []]);
    assert.deepEqual(await loaded.forward([[4, 5]]).logits!.data(), changed);
  }
});

test("the best span is the allowed pair with the highest sum", () => {
  const logits = [9, 0, 1, 2, 5, 1, 0, 6, 2, 9];
  assert.deepEqual(bestSpan(logits), { start: 0, end: 4, score: 18 });
  assert.deepEqual(bestSpan(logits, { maxTokens: 2 }), { start: 0, end: 1, score: 11 });
  assert.deepEqual(bestSpan(logits, { allowed: (token) => token > 0 && token < 4 }), {
    start: 2,
    end: 3,
    score: 11,
  });
  assert.throws(() => bestSpan(logits, { allowed: () => false }), { code: "E_CONFIG" });
});

test("a BERT folder with a WordPiece tokenizer reads texts and pairs", async (t) => {
  const vocab = { "[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, who: 4, it: 5, was: 6, her: 7, "##s": 8 };
  const tokenizer = WordPieceTokenizer.fromJSON({
    normalizer: { type: "BertNormalizer" },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: { type: "BertProcessing", sep: ["[SEP]", 3], cls: ["[CLS]", 2] },
    model: { type: "WordPiece", vocab },
  });
  const model = createEncoder(CONFIGS.bert, { head: "question-answering", tokenizer });
  const loaded = await loadEncoder(await saveModel(model, join(await scratch(t), "bert")));
  const batch = loaded.encode([["Who", "it was hers"], "who"]);
  assert.deepEqual([...(await batch.ids.data())], [2, 4, 3, 5, 6, 7, 8, 3, 2, 4, 3, 0, 0, 0, 0, 0]);
  assert.deepEqual([...(await batch.tokenTypes!.data())], [0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual([...(await batch.mask.data())].slice(8), [1, 1, 1, 0, 0, 0, 0, 0]);
  assert.equal(loaded.encode(["who"]).tokenTypes, undefined);
  assert.deepEqual(await loaded.forward(batch).logits!.data(), await model.forward(batch).logits!.data());
  assert.throws(() => loaded.encode([]), { code: "E_DATA_EMPTY" });
});

/** A compiled step over padded rows; gives the loss before and after training. */
async function train(
  head: EncoderHead,
  rows: readonly number[][],
  targets: Tensor,
): Promise<[number, number]> {
  const model = createEncoder(CONFIGS.bert, { head, labels: 2 });
  const parameters = [...model.parameters.values()];
  const optimizer = new AdamW(parameters, { learningRate: 1e-2 });
  const { ids: tokens, mask } = padRows(rows, 0);
  const step = compile((batch: Tensor, seen: Tensor, wanted: Tensor) => {
    const loss = model.loss({ ids: batch, mask: seen }, wanted);
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const losses: number[] = [];
  for (let i = 0; i < 25; i++) {
    optimizer.advance();
    losses.push(await (await step(tokens, mask, targets)).item());
  }
  return [losses[0], losses.at(-1)!];
}

test("a classification head and a masked language model learn", async () => {
  const rows = [
    [3, 4, 5],
    [3, 9, 5, 6],
    [8, 4],
    [8, 7, 7, 2, 3],
  ];
  const classes = tensor([0, 0, 1, 1], { dtype: "int32" });
  const [before, after] = await train("sequence-classification", rows, classes);
  assert.ok(before > 0.5 && after < 0.05, `${before} → ${after}`);
  const hidden = ids([
    [-100, 11, -100, -100, -100],
    [-100, -100, 12, -100, -100],
    [13, -100, -100, -100, -100],
    [-100, -100, -100, 14, -100],
  ]);
  const [first, last] = await train("masked-lm", rows, hidden);
  assert.ok(first > 2.5 && last < 0.3, `${first} → ${last}`);
});
