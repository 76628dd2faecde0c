import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ModelFineTuner, loadModel, saveModel, type FineTuneResult, type RunOptions } from "gradlab";
import { scratch } from "../artifacts/scratch.js";
import { assertClose } from "../nn/golden.js";
import { refused } from "../refused.js";
import { copyRows, tinyModel } from "./tiny.js";

const tuner = (outputDir: string): ModelFineTuner =>
  new ModelFineTuner({
    baseModel: tinyModel(),
    trainingData: copyRows(48),
    evalData: copyRows(8, 2),
    outputDir,
  });

const change = async ({ model }: FineTuneResult): Promise<Float32Array> => {
  const [linear] = [...model.linears.values()];
  return (await linear.delta!.b.data()) as Float32Array;
};

test("the result is the average of the weights the steps gave, and so is what is evaluated", async (t) => {
  const at = await scratch(t);
  // A rate that depends on nothing, so that runs of one and of two steps begin alike.
  const run: RunOptions = { schedule: "constant", warmup: 0, learningRate: 1e-2 };
  const after = async (maxSteps: number, ema?: number): Promise<Float32Array> =>
    change(await tuner(join(at, `${maxSteps}-${ema}`)).run({ ...run, maxSteps, ...(ema ? { ema } : {}) }));
  const [one, two, averaged] = [await after(1), await after(2), await after(2, 0.999)];
  // B starts at 0; the first two updates keep 1/10 and 2/11.
  const want = one.map((first, i) => (2 / 11) * 0.9 * first + (9 / 11) * two[i]);
  assertClose("B", averaged, want, 1e-5);
  const result = await tuner(join(at, "evaluated")).run({ ...run, maxSteps: 2, ema: 0.999 });
  const again = await tuner(join(at, "again")).run({ ...run, maxSteps: 2 });
  assert.notEqual(result.evals.at(-1)!.loss, again.evals.at(-1)!.loss);
  assert.deepEqual(
    result.history.map(({ loss }) => loss),
    again.history.map(({ loss }) => loss),
  );
});

test("a run with averages resumes bit by bit, and not without them", async (t) => {
  const at = await scratch(t);
  const run: RunOptions = { maxSteps: 8, checkpointEvery: 1, ema: 0.9, evalEvery: 2, keep: "best" };
  const whole = await tuner(join(at, "whole")).run(run);
  const outputDir = join(at, "parts");
  const job = tuner(outputDir).run(run);
  job.on("step", ({ step }) => step === 5 && job.cancel());
  await assert.rejects(async () => job);
  await refused("E_CHECKPOINT_MISMATCH", () => tuner(outputDir).run({ ...run, ema: 0.8, resume: true }));
  const resumed = await tuner(outputDir).run({ ...run, resume: true });
  assert.deepEqual(
    resumed.evals.map(({ loss }) => loss),
    whole.evals.map(({ loss }) => loss),
  );
  assert.deepEqual(await change(resumed), await change(whole));
});

test("plan counts the averages; a decay outside 0 … 1 is refused", async (t) => {
  const at = await scratch(t);
  const [without, withThem] = [await tuner(at).plan(), await tuner(at).plan({ ema: 0.99 })];
  assert.equal(withThem.memory.optimizer - without.memory.optimizer, 4 * without.model.trainable);
  await refused("E_CONFIG", () => tuner(at).plan({ ema: 1 }));
});

test('dtype "stored" keeps a base model in half precision under LoRA', async (t) => {
  const at = await scratch(t);
  const baseModel = await saveModel(tinyModel(), join(at, "half"), { dtype: "bfloat16" });
  const name = "model.layers.0.self_attn.q_proj.weight";
  for (const [dtype, held] of [
    ["stored", "bfloat16"],
    ["float32", "float32"],
  ] as const) {
    const options = { baseModel, dtype, trainingData: copyRows(16), outputDir: join(at, dtype) };
    const { model } = await new ModelFineTuner(options).run({ maxSteps: 1 });
    assert.equal(model.parameters.get(name)!.dtype, held);
  }
  assert.equal((await loadModel(baseModel)).parameters.get(name)!.dtype, "float32");
});
