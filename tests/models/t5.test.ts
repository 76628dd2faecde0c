import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
  AdamW,
  bucketOf,
  compile,
  createSeq2Seq,
  grad,
  ids,
  loadModel,
  loadSeq2Seq,
  Random,
  saveModel,
  UnigramTokenizer,
  zeros,
  type Seq2SeqModel,
  type Tensor,
} from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { integers, readGolden, type GoldenTensor } from "../nn/golden.js";
import { assertGolden, fill, type GoldenPretrained } from "./pretrained.js";

const golden = (version: string): GoldenPretrained => readGolden<GoldenPretrained>(`t5-v${version}.json`).t5;
const build = (case_: GoldenPretrained): Seq2SeqModel => fill(createSeq2Seq(case_.config), case_.weights);

/** Rows of a golden integer tensor up to the end token. */
function rowsOf({ shape, data }: GoldenTensor, end: number): number[][] {
  return Array.from({ length: shape[0] }, (_, row) => {
    const all = data.slice(row * shape[1], (row + 1) * shape[1]);
    return all.includes(end) ? all.slice(0, all.indexOf(end)) : all;
  });
}

test("the buckets of distances are the published ones", () => {
  const cases = readGolden("t5-buckets.json");
  for (const [name, { inputs, outputs }] of Object.entries(cases)) {
    const got = inputs.offsets.data.map((offset) =>
      bucketOf(offset, { buckets: 32, maxDistance: 128 }, name === "encoder"),
    );
    assert.deepEqual(got, outputs.buckets.data, name);
  }
});

for (const version of ["1.0", "1.1"]) {
  test(`T5 v${version}: encoder, logits, loss and every gradient equal PyTorch's`, async () => {
    const given = golden(version);
    const model = build(given);
    const source = { ids: integers(given.inputs.ids), mask: integers(given.inputs.mask) };
    const labels = integers(given.inputs.labels);
    const { logits, encoded } = model.forward(source, model.shiftRight(labels));
    const { greedy: _, ...outputs } = given.outputs;
    assert.equal(Object.keys(given.grads).length, model.parameters.size);
    await assertGolden(model, { encoded, logits, loss: model.loss(source, labels) }, { ...given, outputs });
  });

  test(`T5 v${version}: one token at a time, it writes what whole passes write`, async () => {
    const given = golden(version);
    const model = build(given);
    const source = { ids: integers(given.inputs.ids), mask: integers(given.inputs.mask) };
    const written = await model.generate(source, { maxNewTokens: 20 });
    const wanted = rowsOf(given.outputs.greedy, 1);
    assert.ok(wanted.some(({ length }) => length > 16));
    assert.deepEqual(
      written.map((row) => row.ids),
      wanted,
    );
    assert.deepEqual(
      written.map((row) => row.finishReason),
      wanted.map(({ length }) => (length < 20 ? "stop" : "length")),
    );
    const short = await model.generate(source, { maxNewTokens: 3 });
    assert.deepEqual(
      short.map((row) => row.ids),
      wanted.map((row) => row.slice(0, 3)),
    );
    assert.deepEqual((await model.generate(source, { maxNewTokens: 0 }))[0].ids, []);
    const once = await model.generate(source, { maxNewTokens: 8, temperature: 1.5, seed: 7 });
    assert.deepEqual(await model.generate(source, { maxNewTokens: 8, temperature: 1.5, seed: 7 }), once);
  });
}

test("padding of the source changes nothing, whatever ids it holds", async () => {
  const model = build(golden("1.0"));
  const source = [5, 9, 14, 3, 1];
  const logits = async (rows: Parameters<Seq2SeqModel["forward"]>[0]): Promise<number[]> =>
    [...(await model.forward(rows, [[0, 7, 8]]).logits.data())].map(Number);
  const alone = await logits([source]);
  const padded = await logits({ ids: [[...source, 0, 7, 7]], mask: [[1, 1, 1, 1, 1, 0, 0, 0]] });
  padded.forEach((value, i) => assert.ok(Math.abs(value - alone[i]) < 3e-6, `${i}: ${value} ≠ ${alone[i]}`));
  const seen = await logits([[...source, 0, 7, 7]]);
  assert.ok(Math.abs(seen[0] - alone[0]) > 1e-4, "without the mask, padding is seen");
});

test("saved and loaded again it is the same; t5 and mt5 keep their heads", async (t) => {
  const folder = await scratch(t);
  for (const type of ["t5", "mt5"]) {
    const sizes = {
      vocab_size: 20,
      d_model: 8,
      d_ff: 16,
      d_kv: 4,
      num_layers: 1,
      num_decoder_layers: 2,
      num_heads: 2,
    };
    const model = createSeq2Seq({ model_type: type, ...sizes });
    assert.equal(model.linears.has("lm_head"), type === "mt5");
    const loaded = await loadSeq2Seq(await saveModel(model, join(folder, type)));
    assert.deepEqual([...loaded.parameters.keys()], [...model.parameters.keys()]);
    const [before, after] = [model, loaded].map((one) => one.forward([[4, 5]], [[0, 6]]).logits);
    assert.deepEqual(await after.data(), await before.data());
    await assert.rejects(loadModel(join(folder, type)), {
      code: "E_UNSUPPORTED_ARCH",
      message: /loadSeq2Seq/,
    });
  }
});

test("a T5 folder with a Unigram tokenizer reads and writes texts", async (t) => {
  const vocab = [
    ["<pad>", 0],
    ["</s>", 0],
    ["<unk>", 0],
    ["▁a", -1],
    ["b", -2],
    ["▁c", -3],
  ] as const;
  const tokenizer = UnigramTokenizer.fromJSON({
    added_tokens: ["<pad>", "</s>", "<unk>"].map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: { type: "Metaspace" },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ Sequence: { id: "A" } }, { SpecialToken: { id: "</s>" } }],
      special_tokens: { "</s>": { ids: [1] } },
    },
    model: { type: "Unigram", unk_id: 2, vocab },
  });
  const sizes = { vocab_size: 6, d_model: 8, d_ff: 16, d_kv: 4, num_layers: 1, num_heads: 2 };
  const model = createSeq2Seq({ model_type: "t5", ...sizes }, { tokenizer });
  const loaded = await loadSeq2Seq(await saveModel(model, join(await scratch(t), "t5")));
  const { ids: rows, mask } = loaded.encode(["ab c", "c"]);
  assert.deepEqual([...(await rows.data())], [3, 4, 5, 1, 5, 1, 0, 0]);
  assert.deepEqual([...(await mask.data())], [1, 1, 1, 1, 1, 1, 0, 0]);
  const options = { maxNewTokens: 6, temperature: 1, seed: 3 };
  const written = await loaded.generate(["ab c", "c"], options);
  assert.deepEqual(written, await model.generate({ ids: rows, mask }, options));
  for (const row of written) assert.equal(row.text, tokenizer.decode(row.ids, { skipSpecialTokens: true }));
});

test("what is not built, and what does not fit, is refused", () => {
  const { config } = golden("1.0");
  const refused: readonly [object, RegExp][] = [
    [{ feed_forward_proj: "gated-relu" }, /"feed_forward_proj": "gated-relu"/],
    [{ use_alibi: true }, /"use_alibi": true/],
    [{ is_encoder_decoder: false }, /"is_encoder_decoder": false/],
    [{ model_type: "umt5" }, /loadSeq2Seq does not read model_type "umt5"/],
  ];
  for (const [fields, message] of refused) {
    assert.throws(() => createSeq2Seq({ ...config, ...fields }), { code: "E_UNSUPPORTED_ARCH", message });
  }
  const model = createSeq2Seq(config);
  assert.throws(() => model.forward([[1, 2]], [[0], [0]]), {
    code: "E_SHAPE",
    message: /int32\[2, 1\] do not fit the source int32\[1, 2\]/,
  });
  assert.throws(() => model.forward(zeros([1, 2]), [[0]]), { code: "E_SHAPE", message: /float32\[1, 2\]/ });
  assert.throws(() => model.generate(["a text"]), { code: "E_TOKENIZER" });
});

test("it learns to copy a sequence, and then writes it", async () => {
  const sizes = { vocab_size: 12, d_model: 24, d_ff: 48, d_kv: 12, num_layers: 1, num_heads: 2 };
  const model = createSeq2Seq({ model_type: "t5", ...sizes }, { seed: 5 });
  const parameters = [...model.parameters.values()];
  const optimizer = new AdamW(parameters, { learningRate: 1e-2, weightDecay: 0 });
  const random = new Random(11);
  const sequence = (): number[] => [...Array.from({ length: 4 }, () => 2 + random.integer(10)), 1];
  const step = compile((batch: Tensor) => {
    const loss = model.loss(batch, batch);
    optimizer.assign(grad(loss, parameters));
    return loss;
  });
  const losses: number[] = [];
  for (let i = 0; i < 400; i++) {
    optimizer.advance();
    losses.push(await (await step(ids(Array.from({ length: 32 }, sequence)))).item());
  }
  const last = losses.slice(-10).reduce((sum, loss) => sum + loss / 10, 0);
  assert.ok(losses[0] > 2 && last < 0.2, `${losses[0]} → ${last}`);
  const fresh = Array.from({ length: 16 }, sequence);
  const written = await model.generate(fresh, { maxNewTokens: 8 });
  const right = written.filter((row, i) => String(row.ids) === String(fresh[i].slice(0, -1))).length;
  assert.ok(right >= 12, `${right} of 16 copied`);
});
