import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  createModel,
  type EncoderModel,
  hashWeights,
  type LanguageModel,
  loadEncoder,
  loadModel,
  packTokens,
  Pretrainer,
  type PretrainRecipe,
  Random,
  saveModel,
  tensor,
  Tokenizer,
  trainWordPiece,
} from "gradlab";
import { makeLearner } from "gradlab/internal/pretrain/objectives";
import { refused } from "../refused.js";

const WORDS =
  "the a red blue green small big old new cat dog bird fish tree house sees likes eats finds".split(" ");

let folder: string;
let recipe: PretrainRecipe;
const tokenizer = trainWordPiece([WORDS.join(" ")], { vocabSize: 120, minFrequency: 1 });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradlab-objectives-"));
  await writeFile(join(folder, "tokenizer.json"), JSON.stringify(tokenizer.toJSON()));
  await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(tokenizer.toConfig()));
  const random = new Random(3);
  // each word is followed by one of three: what is hidden can be told from both sides
  const sentences = Array.from({ length: 400 }, () => {
    let at = random.integer(WORDS.length);
    return Array.from({ length: 6 }, () => WORDS[(at = (3 * at + random.integer(3)) % WORDS.length)]).join(
      " ",
    );
  });
  const ids = sentences.flatMap((text) => [...tokenizer.encode(text)]);
  await writeFile(join(folder, "train.u16"), Buffer.from(Uint16Array.from(ids.slice(0, -400)).buffer));
  await writeFile(join(folder, "heldout.u16"), Buffer.from(Uint16Array.from(ids.slice(-400)).buffer));
  recipe = {
    id: "test/objective",
    tokenizer: folder,
    outputDir: join(folder, "run"),
    data: { train: join(folder, "train.u16") },
    heldOut: { general: join(folder, "heldout.u16") },
    window: 16,
    batchSize: 8,
    steps: 60,
    learningRate: 0.01,
    config: {},
  };
});
after(() => rm(folder, { recursive: true, force: true }));

describe("masked", () => {
  const masked = (): PretrainRecipe => ({
    ...recipe,
    objective: { name: "masked", share: 0.25 },
    config: {
      model_type: "bert",
      vocab_size: tokenizer.vocabSize,
      hidden_size: 16,
      intermediate_size: 32,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      max_position_embeddings: 16,
      type_vocab_size: 1,
    },
  });
  const special = new Set(["[CLS]", "[SEP]"].map((name) => tokenizer.idOf(name)!));
  const batchOf = (rows: number) => {
    const random = new Random(9);
    const words = [...WORDS].map((word) => tokenizer.idOf(word) ?? tokenizer.idOf("##a")!);
    const ids = Array.from({ length: 16 * rows + 1 }, (_, i) =>
      i % 8 === 0 ? tokenizer.idOf("[CLS]")! : words[random.integer(words.length)],
    );
    return packTokens(Int32Array.from(ids), 16).batch(Array.from({ length: rows }, (_, i) => i));
  };

  test("hides 80 % of the tokens asked for, replaces 10 %, leaves 10 %, and no special token", async () => {
    const learner = await makeLearner(masked());
    const batch = batchOf(1000);
    const { inputIds, targets } = learner.prepare(batch, 5);
    const mask = tokenizer.idOf("[MASK]");
    const asked = [...targets.keys()].filter((at) => targets[at] >= 0);
    assert.equal(asked.length, 4 * 1000);
    assert.ok(asked.every((at) => targets[at] === batch.inputIds[at] && !special.has(targets[at])));
    const share = (what: (at: number) => boolean) => asked.filter(what).length / asked.length;
    assert.ok(Math.abs(share((at) => inputIds[at] === mask) - 0.8) < 0.02);
    assert.ok(Math.abs(share((at) => inputIds[at] === batch.inputIds[at]) - 0.1) < 0.02);
    assert.ok([...targets.keys()].every((at) => targets[at] >= 0 || inputIds[at] === batch.inputIds[at]));
    assert.deepEqual(learner.prepare(batch, 5), learner.prepare(batch, 5));
    assert.notDeepEqual(learner.prepare(batch, 6).inputIds, inputIds);
  });

  test("its mean loss is the encoder's own, of targets that do not count as −100", async () => {
    const learner = await makeLearner(masked());
    const { inputIds, targets } = learner.prepare(batchOf(3), 1);
    const shaped = (values: Int32Array) => tensor([...values], { dtype: "int32" }).reshape([3, 16]);
    const losses = await learner.losses(shaped(inputIds), shaped(targets)).array();
    const mean = Array.from(losses.data, Number).reduce((sum, loss) => sum + loss, 0) / losses.data.length;
    const marked = targets.map((target) => (target < 0 ? -100 : target));
    const expected = await (learner.model as EncoderModel).loss(shaped(inputIds), shaped(marked)).item();
    assert.equal(losses.data.length, 12);
    assert.ok(Math.abs(mean - expected) < 1e-5, `${mean} and ${expected}`);
  });

  test("learns, and gives an encoder that loads", async () => {
    const job = new Pretrainer(masked()).run();
    const losses: number[] = [];
    for await (const event of job) if (event.type === "step") losses.push(event.loss);
    const { path, heldOut } = await job;
    assert.ok(heldOut.general.loss < losses[0] - 1, `${losses[0]} to ${heldOut.general.loss}`);
    assert.equal(heldOut.general.bitsPerByte, undefined);
    const encoder = await loadEncoder(path, { head: "masked-lm" });
    assert.deepEqual(encoder.initialized, []);
    assert.equal(encoder.embed(encoder.encode(["the red cat"])).shape[1], 16);
  });

  test("refuses a tokenizer that has nothing to hide behind", async () => {
    const bytes = join(folder, "bytes");
    await mkdir(bytes);
    const learned = Tokenizer.train(["a b"], { vocabSize: 258 }).toJSON();
    await writeFile(join(bytes, "tokenizer.json"), JSON.stringify(learned));
    const error = await refused("E_TOKENIZER", () => makeLearner({ ...masked(), tokenizer: bytes }));
    assert.match(error.message, /no token \[MASK\]/);
  });
});

describe("distill", () => {
  const shape = (hidden_size: number) => ({
    model_type: "llama",
    vocab_size: 64,
    hidden_size,
    intermediate_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 32,
    tie_word_embeddings: true,
  });
  const distilled = (more: object): PretrainRecipe => ({
    ...recipe,
    tokenizer: "models/en-3m",
    config: shape(8),
    objective: { name: "distill", teacher: join(folder, "teacher"), ...more },
  });

  before(() => saveModel(createModel(shape(16), { seed: 5 }), join(folder, "teacher")));

  test("is w·τ²·D(teacher ‖ student) + (1 − w)·−ln p, position by position", async () => {
    const [temperature, weight] = [2, 0.7];
    const learner = await makeLearner(distilled({ temperature, weight }));
    const rows = [
      [1, 7, 3],
      [9, 2, 60],
    ];
    const targets = [7, 3, 5, 2, 60, 11];
    const ids = tensor(rows, { dtype: "int32" });
    const losses = await learner.losses(ids, tensor(targets, { dtype: "int32" }).reshape([2, 3])).array();
    const logitsOf = async (model: LanguageModel) =>
      [...(await model.forward(rows).array()).data].map(Number);
    const student = await logitsOf(learner.model as LanguageModel);
    const teacher = await logitsOf(await loadModel(join(folder, "teacher")));
    targets.forEach((target, at) => {
      const row = (logits: number[], by: number) => {
        const values = logits.slice(64 * at, 64 * at + 64).map((x) => x / by);
        const norm = Math.log(values.reduce((sum, x) => sum + Math.exp(x), 0));
        return values.map((x) => x - norm);
      };
      const [p, q] = [row(teacher, temperature), row(student, temperature)];
      const apart = p.reduce((sum, x, i) => sum + Math.exp(x) * (x - q[i]), 0);
      const expected = weight * temperature ** 2 * apart - (1 - weight) * row(student, 1)[target];
      assert.ok(Math.abs(Number(losses.data[at]) - expected) < 1e-5, `${losses.data[at]} and ${expected}`);
    });
  });

  test("writes down which weights teach", async () => {
    const outputDir = join(folder, "distilled");
    const train = join(folder, "below-64.u16");
    await writeFile(train, Buffer.from(Uint16Array.from({ length: 400 }, (_, i) => (i * i) % 61).buffer));
    await new Pretrainer({ ...distilled({}), data: { train }, heldOut: {}, outputDir, steps: 1 }).run();
    const [start] = (await readFile(join(outputDir, "log.jsonl"), "utf8")).split("\n");
    const { teacherWeights } = JSON.parse(start) as { readonly teacherWeights: string };
    assert.equal(teacherWeights, await hashWeights(await loadModel(join(folder, "teacher"))));
  });

  test("refuses a teacher with another vocabulary", async () => {
    const other = { ...distilled({}), config: { ...shape(8), vocab_size: 65 } };
    assert.match(
      (await refused("E_CONFIG", () => makeLearner(other))).message,
      /has 64 tokens, the student 65/,
    );
  });
});
