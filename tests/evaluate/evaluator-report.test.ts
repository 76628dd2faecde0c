import assert from "node:assert/strict";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createModel, Evaluator, type EvaluatorOptions } from "gradlab";
import { CONFIG, QUESTIONS, randomModel, rejects, run, TEXT_ROWS } from "./fixture.js";

test("events, provenance, files and the table", async () => {
  const job = run({
    model: await randomModel("a|b"),
    data: QUESTIONS,
    metrics: ["accuracy", "perplexity"],
    limit: 3,
    seed: 7,
  });
  const types: string[] = [];
  for await (const event of job) types.push(event.type);
  assert.deepEqual(types, ["task", "sample", "sample", "sample", "partial", "done"]);
  const report = await job;
  const { provenance } = report;
  assert.equal(provenance.rows, 3);
  assert.equal(provenance.seed, 7);
  assert.match(provenance.dataHash, /^[0-9a-f]{64}$/);
  assert.equal(
    (await run({ model: await randomModel(), data: QUESTIONS.slice(0, 3) })).provenance.dataHash,
    provenance.dataHash,
  );
  assert.equal(provenance.environment.seed, 7);
  assert.match(
    report.toMarkdown(),
    /\| model \| accuracy ↑ \| perplexity ↓ \|\n\|---\|---:\|---:\|\n\| a\\\|b \| \S+ \[/,
  );
  const folder = await mkdtemp(join(tmpdir(), "gradlab-"));
  try {
    await report.save(folder);
    assert.deepEqual(await readdir(folder), ["report.json", "report.md", "samples.jsonl"]);
    const saved = JSON.parse(await readFile(join(folder, "report.json"), "utf8")) as { scores: unknown };
    assert.deepEqual(saved.scores, JSON.parse(JSON.stringify(report.scores)));
    assert.equal((await readFile(join(folder, "samples.jsonl"), "utf8")).trim().split("\n").length, 3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a gate fails the job with the report attached, or only warns", async () => {
  const options = { model: await randomModel(), data: TEXT_ROWS, metrics: ["perplexity"] };
  await rejects(
    new Evaluator(options).gate({ perplexity: "<1.5" }).run(),
    "E_QUALITY_GATE",
    /perplexity of random is .*<1\.5/,
  );
  const warned = await new Evaluator(options).gate({ perplexity: "<=1.5" }, { onFail: "warn" }).run();
  assert.equal(warned.gate.passed, false);
  const passed = await new Evaluator(options).gate({ perplexity: ">1" }).run();
  assert.deepEqual(passed.gate, { passed: true, failed: [] });
  assert.throws(() => new Evaluator(options).gate({ accuracy: ">=0.5" }), /accuracy, which is not measured/);
  assert.throws(() => new Evaluator(options).gate({ perplexity: "~3" as ">3" }), /cannot be read/);
});

test("an evaluator is the same object as JSON, and texts can be scored without a model", async () => {
  const evaluator = new Evaluator({ model: ["a", "b"], data: "rows.jsonl", metrics: ["bleu"] }).metric(
    "accuracy",
  );
  const config = JSON.parse(JSON.stringify(evaluator.gate({ accuracy: ">=0.5" }).toConfig())) as object;
  assert.deepEqual((await Evaluator.fromConfig(config)).toConfig(), config);
  assert.throws(() => new Evaluator({ model: "a", data: TEXT_ROWS }).toConfig(), /E_CONFIG/);
  assert.equal(Evaluator.score("accuracy", ["a", "b"], ["a", "c"]).value, 0.5);
  assert.throws(() => Evaluator.score("perplexity", ["a"], ["a"]), /E_METRIC/);
});

test("mistakes are refused in the user's words", async () => {
  const model = await randomModel();
  assert.throws(
    () => new Evaluator({ model, data: TEXT_ROWS, metrics: ["rouge-L"] }),
    /E_METRIC.*rouge-L.*rougeL/s,
  );
  assert.throws(() => new Evaluator({ model, data: TEXT_ROWS, metrics: [] }), /E_CONFIG/);
  assert.throws(() => new Evaluator({ model, data: TEXT_ROWS, limit: 0 }), /limit 0/);
  assert.throws(() => new Evaluator({ model, data: TEXT_ROWS, fewshot: 2 } as EvaluatorOptions), /"fewshot"/);
  await rejects(
    run({ model, data: TEXT_ROWS, metrics: ["perplexity", "bleu"] }),
    "E_DATA_FORMAT",
    /bleu.*prompt.*completion/s,
  );
  await rejects(run({ model, data: [] }), "E_DATA_EMPTY", /no rows/);
  await rejects(run({ model, data: [{ text: "" }] }), "E_DATA_EMPTY", /token to predict/);
  await rejects(
    run({ model, data: [{ prompt: "", completion: "x" }], metrics: ["bleu"] }),
    "E_DATA_FORMAT",
    /empty prompt/,
  );
  await rejects(run({ model: createModel(CONFIG), data: TEXT_ROWS }), "E_TOKENIZER", /no tokenizer/);
  const many = Array.from({ length: 70 }, (_, i) => ({ prompt: "the cat", completion: ` ${i}` }));
  await rejects(run({ model, data: many, metrics: ["accuracy"] }), "E_CONFIG", /70 distinct completions/);
  const job = run({ model, data: QUESTIONS, metrics: ["bleu"] });
  job.cancel("enough");
  await rejects(job, "E_CANCELLED", /enough/);
});
