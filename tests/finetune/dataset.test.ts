import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Dataset, Evaluator, ModelFineTuner, Quantizer, readRunRecord, saveModel } from "gradlab";
import { copyRows, tinyModel } from "./tiny.js";

const root = await mkdtemp(join(tmpdir(), "gradlab-dataset-"));
after(() => rm(root, { recursive: true, force: true }));

const path = join(root, "rows.jsonl");
await Dataset.from(copyRows(40)).renameColumn("prompt", "question").write(path);
const data = Dataset.from<{ question: string; completion: string }>(path).renameColumn("question", "prompt");

test("a fine-tuning run on data sets goes as on their rows, and records their fingerprints", async () => {
  const run = async (
    trainingData: Dataset<unknown> | unknown[],
    evalData: Dataset<unknown> | unknown[],
    name: string,
  ) =>
    new ModelFineTuner({ baseModel: tinyModel(), trainingData, evalData, outputDir: join(root, name) }).run({
      maxSteps: 3,
      batchSize: 8,
    });
  const streamed = await run(data.take(32), data.skip(32), "streamed");
  const listed = await run(copyRows(40).slice(0, 32), copyRows(40).slice(32), "listed");
  assert.deepEqual(
    streamed.evals.map(({ loss }) => loss),
    listed.evals.map(({ loss }) => loss),
  );
  const record = await readRunRecord(join(root, "streamed"));
  assert.deepEqual(record.options.datasets, {
    trainingData: await data.take(32).fingerprint(),
    evalData: await data.skip(32).fingerprint(),
  });
});

test("a row that training cannot use is named by its line of the file", async () => {
  const raw = Dataset.from(path).filter((_, i) => i > 4);
  const tuner = new ModelFineTuner({
    baseModel: tinyModel(),
    trainingData: raw,
    outputDir: join(root, "refused"),
  });
  await assert.rejects(tuner.plan(), { code: "E_DATA_FORMAT", where: /rows\.jsonl:6:prompt$/ });
});

test("an evaluator and a quantizer measure the same on a data set as on its rows", async () => {
  const model = tinyModel();
  const score = async (rows: Dataset<unknown> | unknown[]) =>
    (await new Evaluator({ model, data: rows }).run()).scores;
  assert.deepEqual(await score(data), await score(copyRows(40)));
  const folder = join(root, "model");
  await saveModel(model, folder);
  const quality = async (rows: Dataset<unknown> | unknown[]) => {
    const quantizer = new Quantizer({ modelPath: folder, calibrationData: rows });
    return (await quantizer.apply()).report.quality;
  };
  const streamed = await quality(data);
  assert.ok((streamed.tokens ?? 0) > 0);
  assert.deepEqual(streamed, await quality(copyRows(40)));
});
