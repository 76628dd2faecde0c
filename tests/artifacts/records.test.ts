import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { environment, modelCard, readRunRecord, sha256, startRunRecord, writeRunRecord } from "gradlab";
import { refused } from "../refused.js";
import { scratch } from "./scratch.js";

test("the environment says what a number was made on, and nothing private", async () => {
  const here = await environment({ seed: 7 });
  assert.equal(here.node, process.versions.node);
  assert.equal(here.seed, 7);
  assert.ok(here.cores >= 1 && here.memoryBytes > 0 && here.cpu !== "");
  const sdk = JSON.parse(await readFile(new URL("../../../sdk/package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.equal(here.sdk, sdk.version);
  if (here.gitSha !== undefined) assert.match(here.gitSha, /^[0-9a-f]{40}$/);
  assert.doesNotMatch(JSON.stringify(here), new RegExp(process.cwd()));
});

test("a run record comes back with the hashes of its inputs", async (t) => {
  const folder = await scratch(t);
  const data = join(folder, "data.jsonl");
  await writeFile(data, '{"text":"a"}\n');
  const record = await startRunRecord({
    id: "r1",
    kind: "fine-tune",
    options: { epochs: 3 },
    inputs: [data],
    seed: 42,
  });
  await writeRunRecord(folder, { ...record, finishedAt: new Date().toISOString(), metrics: { loss: 2 } });
  const read = await readRunRecord(folder);
  assert.deepEqual(read.inputs, [{ name: "data.jsonl", bytes: 13, sha256: sha256('{"text":"a"}\n') }]);
  assert.equal(read.seed, 42);
  assert.deepEqual(read.options, { epochs: 3 });
  await refused("E_FILE_NOT_FOUND", () =>
    startRunRecord({ id: "r2", kind: "train", options: {}, inputs: [join(folder, "none")] }),
  );
  await writeFile(join(folder, "run.json"), '{"version": 2}');
  await refused("E_FILE_FORMAT", () => readRunRecord(folder));
});

test("a model card has the hub's header, and odd texts cannot break it", async () => {
  const card = modelCard({
    name: 'tiny: "one"',
    summary: "A small model.",
    license: "apache-2.0",
    languages: ["en"],
    baseModel: "base",
    task: "sentence-similarity",
    parameters: 1234567,
    training: { "learning|rate": 1e-3, note: "two\nlines" },
    data: [{ name: "d.jsonl", bytes: 5, sha256: "ab".repeat(32) }],
    scores: { "held-out": { perplexity: { value: 3.14159, ci95: [3, 3.3], n: 10 }, nan: { value: NaN } } },
    limits: ["It knows little."],
    environment: await environment(),
  });
  assert.ok(
    card.startsWith(
      '---\nlicense: "apache-2.0"\nbase_model: "base"\nlanguage:\n  - "en"\nlibrary_name: gradlab\nmodel-index:',
    ),
  );
  assert.match(card, /# tiny: "one"\n/);
  assert.match(card, /- Parameters: 1,234,567/);
  assert.match(card, /\| learning\\\|rate \| 0\.001 \|/);
  assert.match(card, /\| note \| two lines \|/);
  assert.match(card, /\| held-out \| perplexity \| 3\.142 \| 3 – 3\.3 \| 10 \|/);
  assert.match(card, / {12}value: "NaN"/);
  assert.match(card, /- task:\n {10}type: "sentence-similarity"\n/);
  const scored = modelCard({ name: "x", summary: "y", scores: { "held-out": { loss: { value: 1 } } } });
  assert.match(scored, /- task:\n {10}type: "text-generation"\n/);
  assert.equal(modelCard({ name: "x", summary: "y" }), "---\nlibrary_name: gradlab\n---\n\n# x\n\ny\n");
});
