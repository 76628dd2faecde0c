import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  CHATML,
  collate,
  createModel,
  documentLikelihoods,
  Evaluator,
  f1Macro,
  perplexityOf,
  Quantizer,
  Random,
  tokenizeExample,
  Tokenizer,
  TrainStep,
  type LanguageModel,
  type Row,
} from "gradlab";
import { pause } from "../paused.js";
import {
  CONFIG,
  near,
  plainNats,
  QUESTIONS,
  randomModel,
  run,
  TEXT_ROWS,
  TEXTS,
  tokenizer,
  uniformModel,
  V,
} from "./fixture.js";

test("a uniform model's perplexity is the size of the vocabulary, without uncertainty", async () => {
  const report = await run({
    model: await uniformModel(),
    data: TEXT_ROWS,
    metrics: ["perplexity", "bits_per_byte"],
  });
  const { perplexity, bits_per_byte: bits } = report.scores.uniform;
  near(perplexity.value, V, 1e-6);
  near(perplexity.stderr, 0, 1e-3);
  assert.equal(perplexity.n, TEXTS.length);
  const encoded = TEXTS.map((text) => tokenizer.encode(text));
  const predicted = encoded.reduce((sum, ids) => sum + ids.length, 0);
  const bytes = encoded.reduce((sum, ids) => sum + tokenizer.decodeBytes(ids.slice(1)).length, 0);
  near(bits.value, (predicted * Math.log2(V)) / bytes, 1e-6);
});

test("perplexity is exp of the mean loss over the learned tokens, as plain loops compute it", async () => {
  const model = await randomModel();
  for (const data of [TEXT_ROWS.slice(0, 3), QUESTIONS]) {
    const report = await run({ model, data });
    const plain = await Promise.all(data.map((row) => plainNats(model, row)));
    const [nats, tokens] = (["nats", "tokens"] as const).map((part) =>
      plain.reduce((sum, row) => sum + row[part], 0),
    );
    near(report.scores.random.perplexity.value, Math.exp(nats / tokens), 1e-5);
    report.samples.random.forEach((sample, i) => {
      near(sample.nats!, plain[i].nats, 1e-5);
      assert.equal(sample.tokens, plain[i].tokens);
    });
    // The delta method on the mean loss, written out.
    const r = nats / tokens;
    const squares = plain.reduce((sum, row) => sum + (row.nats - r * row.tokens) ** 2, 0);
    const spread = Math.sqrt((squares * plain.length) / (plain.length - 1)) / tokens;
    const { ci95, stderr, value } = report.scores.random.perplexity;
    near(stderr, Math.exp(r) * spread, 1e-4);
    near(ci95[0], value * Math.exp(-1.959963984540054 * spread), 1e-4);
    near(ci95[1], value * Math.exp(1.959963984540054 * spread), 1e-4);
  }
});

test("the perplexity interval covers a known mean about 95 times in 100", async () => {
  const random = new Random(5);
  let covered = 0;
  for (let trial = 0; trial < 600; trial++) {
    const documents = Array.from({ length: 60 }, () => {
      const tokens = 5 + random.integer(40);
      const nats = Array.from({ length: tokens }, () => -2 * Math.log(1 - random.uniform())).reduce(
        (a, b) => a + b,
        0,
      );
      return { nats, tokens };
    });
    const { ci95 } = perplexityOf(documents);
    if (ci95[0] <= Math.exp(2) && Math.exp(2) <= ci95[1]) covered++;
  }
  assert.ok(covered / 600 > 0.92 && covered / 600 < 0.98, `${covered} of 600`);
});

test("batch size and padding do not change likelihoods, and long texts are read in overlapping windows", async () => {
  const model = await randomModel();
  const documents = [...TEXTS, [...TEXTS, ...TEXTS, ...TEXTS].join(" ")].map((text) =>
    tokenizeExample({ text }, tokenizer),
  );
  const long = documents.at(-1)!;
  assert.ok(long.ids.length > 3 * 32, "longer than the model's positions");
  const [one, many] = [
    await documentLikelihoods(model, documents, { batchSize: 1 }),
    await documentLikelihoods(model, documents, { batchSize: 7 }),
  ];
  one.forEach(({ nats, tokens }, i) => {
    near(many[i].nats, nats, 1e-5);
    assert.equal(tokens, documents[i].ids.length - 1, "each token counts once");
  });
  let nats = 0;
  for (let start = 0, seen = 0; seen < long.ids.length - 1; start += 16) {
    const window = long.ids.slice(start, start + 33);
    const logits = await model.forward([Array.from(window.subarray(0, -1))]).data();
    for (let t = seen - start; t < window.length - 1; t++) {
      const row = Array.from({ length: V }, (_, i) => Number(logits[t * V + i]));
      nats += Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[window[t + 1]];
    }
    seen = start + window.length - 1;
  }
  near(one.at(-1)!.nats, nats, 1e-5);
});

test("labels are chosen by the likelihood of each candidate", async () => {
  const model = await randomModel();
  const report = await run({ model, data: QUESTIONS, metrics: ["accuracy", "f1_macro"] });
  const expected: string[] = [];
  for (const row of QUESTIONS) {
    const costs = await Promise.all(
      [" ran", " sat"].map(async (completion) => (await plainNats(model, { ...row, completion })).nats),
    );
    expected.push(costs[0] <= costs[1] ? " ran" : " sat");
  }
  const samples = report.samples.random;
  assert.deepEqual(
    samples.map(({ choice }) => choice),
    expected,
  );
  const right = QUESTIONS.filter((row, i) => row.completion === expected[i]).length;
  assert.equal(report.scores.random.accuracy.value, right / QUESTIONS.length);
  assert.equal(samples.filter(({ correct }) => correct).length, right);
  const { value } = f1Macro(
    expected,
    QUESTIONS.map((row) => row.completion),
  );
  assert.equal(report.scores.random.f1_macro.value, value);
});

test("answers are the model's own greedy text, however many are written side by side", async () => {
  const model = await randomModel();
  const data = QUESTIONS.concat(QUESTIONS.map((row) => ({ ...row, prompt: `${row.prompt} at` })));
  const options = { model, data, metrics: ["bleu", "rougeL", "chrf", "exact_match"], maxNewTokens: 9 };
  const report = await run({ ...options, batchSize: 4 });
  for (const [i, row] of data.entries()) {
    const { text } = await model.generate(row.prompt, { maxNewTokens: 9 });
    assert.equal(report.samples.random[i].output, text, `row ${i}`);
  }
  assert.deepEqual((await run({ ...options, batchSize: 1 })).scores, report.scores);
  for (const score of Object.values(report.scores.random)) {
    assert.equal(score.n, data.length);
    assert.ok(Number.isFinite(score.stderr) && score.ci95[0] <= score.value && score.value <= score.ci95[1]);
  }
});

test("a model that always writes the answer scores 1, and the answer ends at the end token", async () => {
  const model = await overfitted();
  const data = [
    { prompt: "the cat", completion: " sat on the mat" },
    { prompt: "a dog", completion: " ran" },
  ];
  const metrics = ["exact_match", "rouge1", "rouge2", "rougeL", "perplexity", "accuracy"];
  const report = await run({ model, data, metrics });
  const { exact_match: exact, rougeL, accuracy, perplexity } = report.scores.overfitted;
  assert.deepEqual(
    report.samples.overfitted.map(({ output }) => output),
    data.map(({ completion }) => completion),
  );
  assert.equal(exact.value, 1);
  assert.equal(rougeL.value, 1);
  assert.equal(accuracy.value, 1);
  assert.ok(perplexity.value < 1.2, String(perplexity.value));
  const other = await run({ model: await randomModel(), data, metrics });
  const { deltas, flips, model: better } = report.compare(other);
  assert.equal(better, "overfitted");
  assert.ok(deltas.perplexity.delta < 0 && deltas.rougeL.delta > 0);
  assert.ok(flips.broken === 0 && flips.fixed >= 1);
  const generated = await run({ model, data, metrics: ["accuracy"], scoring: "generate" });
  assert.equal(generated.scores.overfitted.accuracy.value, 1);
});

/** Two rows learned by heart. */
async function overfitted(): Promise<LanguageModel> {
  const model = createModel(CONFIG, { id: "overfitted", tokenizer });
  const parameters = [...model.parameters.values()];
  const step = new TrainStep(model, parameters, new AdamW(parameters, { weightDecay: 0 }), { clipNorm: 1 });
  const rows = [
    { prompt: "the cat", completion: " sat on the mat" },
    { prompt: "a dog", completion: " ran" },
  ];
  const batch = collate(
    rows.map((row) => tokenizeExample(row, tokenizer)),
    { padId: 1 },
  );
  for (let i = 0; i < 60; i++) await step.run([batch], 1e-2);
  return model;
}

test("several models stand side by side, a quantized one too, and can be compared within one report", async () => {
  const original = await randomModel();
  const quantized = await new Quantizer({ modelPath: original }).apply();
  const report = await run({
    model: [original, quantized, original],
    data: TEXT_ROWS,
    metrics: ["perplexity"],
  });
  assert.deepEqual(report.models, ["random", "random@dynamic_int8", "random#2"]);
  const { value } = report.scores["random@dynamic_int8"].perplexity;
  near(value, report.scores.random.perplexity.value, 0.05);
  assert.notEqual(value, report.scores.random.perplexity.value);
  const same = report.compare(report, { model: "random", otherModel: "random#2" });
  assert.equal(same.deltas.perplexity.delta, 0);
  assert.equal(same.deltas.perplexity.verdict, "no-difference");
  assert.throws(() => report.compare(report, { model: "none" }), /no model "none".*random#2/s);
  const [worst] = report.worst(1);
  const losses = report.samples.random.map(({ nats, tokens }) => nats! / tokens!);
  assert.equal(worst.nats! / worst.tokens!, Math.max(...losses));
});

test("conversations are scored on the assistant's last turn", async () => {
  const special = ["<|endoftext|>", "<|pad|>", "<|im_start|>", "<|im_end|>"];
  const chat = Tokenizer.train(TEXTS, {
    vocabSize: V,
    specialTokens: special,
    config: { eos_token: "<|endoftext|>", pad_token: "<|pad|>", chat_template: CHATML.source },
  });
  const model = createModel(CONFIG, { id: "chat", tokenizer: chat });
  const data: Row[] = [
    {
      messages: [
        { role: "user", content: "the cat" },
        { role: "assistant", content: "sat" },
      ],
    },
    {
      messages: [
        { role: "user", content: "a dog" },
        { role: "assistant", content: "ran" },
      ],
    },
  ];
  const report = await run({ model, data, metrics: ["exact_match", "accuracy"], maxNewTokens: 4 });
  assert.equal(report.provenance.template, "chatml");
  const [sample] = report.samples.chat;
  assert.equal(sample.reference, "sat");
  assert.ok(sample.choice === "sat" || sample.choice === "ran");
  const { ids } = tokenizeExample(data[0], chat);
  const prompt = ids.slice(0, ids.length - 2 - chat.encode("sat").length);
  assert.equal(chat.decode(prompt), "<|im_start|>user\nthe cat<|im_end|>\n<|im_start|>assistant\n");
  const { text } = await model.generate(prompt, { maxNewTokens: 4 });
  assert.equal(sample.output, text);
});

test("prompts longer than the model are cut with a warning", async () => {
  const data = [{ prompt: TEXTS.join(" "), completion: " sat" }, QUESTIONS[0]];
  const job = run({ model: await randomModel(), data, metrics: ["exact_match"], maxNewTokens: 5 });
  const warnings: string[] = [];
  for await (const event of job) if (event.type === "warning") warnings.push(event.code);
  assert.deepEqual(warnings, ["W_PROMPT_CUT"]);
  assert.equal((await job).samples.random.length, 2);
});

for (const metrics of [["perplexity"], ["exact_match"]] as const) {
  test(`an evaluation of ${metrics[0]} waits within a model, and its scores are the same`, async () => {
    const model = await randomModel();
    const evaluator = new Evaluator({ model, data: QUESTIONS, metrics, batchSize: 1, maxNewTokens: 4 });
    const plain = await evaluator.run();
    const job = evaluator.run();
    const held: string[] = [];
    job.on("task", () => {
      void pause(job).then((status) => {
        held.push(status);
        job.resume();
      });
    });
    const report = await job;
    assert.deepEqual(held, ["paused"]);
    assert.deepEqual(report.scores, plain.scores);
  });
}
