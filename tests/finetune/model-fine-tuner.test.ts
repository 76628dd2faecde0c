import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import {
  BASE_WEIGHTS_HASH,
  createModel,
  GradlabError,
  hashWeights,
  loadAdapter,
  loadEncoder,
  loadModel,
  loadTokenizer,
  mergeAdapter,
  ModelFineTuner,
  OPTIMIZER_NAMES,
  Quantizer,
  readPeftAdapter,
  saveModel,
  writePeftAdapter,
  type FineTunerOptions,
  type RunOptions,
  type TrainEvent,
} from "gradlab";
import { pause } from "../paused.js";
import { refused } from "../refused.js";
import { copyRows, tinyModel } from "./tiny.js";

const root = await mkdtemp(join(tmpdir(), "gradlab-finetune-"));
after(() => rm(root, { recursive: true, force: true }));

let runs = 0;
const options = (
  more: Partial<FineTunerOptions<"lora" | "full">> = {},
): FineTunerOptions<"lora" | "full"> => ({
  baseModel: tinyModel(),
  trainingData: copyRows(96),
  evalData: copyRows(16, 2),
  outputDir: join(root, `run-${runs++}`),
  ...more,
});
const tuner = (more: Partial<FineTunerOptions<"lora" | "full">> = {}): ModelFineTuner<"lora" | "full"> =>
  new ModelFineTuner<"lora" | "full">(options(more));

const refuses = (code: string, pattern: RegExp) => (error: unknown) =>
  error instanceof GradlabError && error.code === code && pattern.test(error.message);

test("LoRA lowers the held-out loss, leaves the base model alone and is written as a PEFT folder", async () => {
  const baseModel = tinyModel();
  const before = await baseModel.forward([[1, 2, 3]]).data();
  const job = tuner({ baseModel, adapter: { r: 8, targetModules: ["q_proj", "v_proj", "down_proj"] } }).run({
    epochs: 6,
    batchSize: 16,
    learningRate: 1e-2,
  });
  const types = new Set<TrainEvent["type"]>();
  for await (const event of job) types.add(event.type);
  const result = await job;
  assert.deepEqual([...types].sort(), ["done", "eval", "start", "step"]);
  const [first, last] = [result.evals[0], result.evals.at(-1)!];
  assert.ok(last.loss < first.loss - 0.2, `${first.loss} → ${last.loss}`);
  assert.deepEqual(await baseModel.forward([[1, 2, 3]]).data(), before);
  const adapter = await readPeftAdapter(result.adapter.path);
  assert.equal(adapter.config.r, 8);
  assert.deepEqual([...adapter.modules.keys()].length, 6);
  assert.equal(adapter.metadata[BASE_WEIGHTS_HASH], await hashWeights(baseModel));
  const log = (await readFile(join(dirname(result.record), "log.jsonl"), "utf8")).trim().split("\n");
  const events = log.map((line) => JSON.parse(line) as TrainEvent);
  assert.deepEqual(
    events.filter(({ type }) => type === "step"),
    result.history,
  );
  assert.deepEqual(
    events.filter(({ type }) => type === "eval"),
    result.evals,
  );
  assert.deepEqual([events[0].type, events.at(-1)?.type], ["eval", "eval"]);
});

test("the merged model gives the adapted model's logits", async () => {
  const result = await tuner({ adapter: { r: 4 } }).run({ maxSteps: 8, learningRate: 1e-2 });
  const adapted = await result.model.forward([[4, 5, 6, 7]]).data();
  const merged = await (await result.merge()).forward([[4, 5, 6, 7]]).data();
  adapted.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(merged[i])) < 1e-4));
});

test("an untrained adapter leaves every logit as it was", async () => {
  const baseModel = tinyModel();
  const result = await tuner({ baseModel }).run({ maxSteps: 1, learningRate: 1e-12, weightDecay: 0 });
  const base = await baseModel.forward([[4, 5, 6]]).data();
  const adapted = await result.model.forward([[4, 5, 6]]).data();
  adapted.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(base[i])) < 1e-6));
});

test("full fine-tuning trains copies of every parameter", async () => {
  const baseModel = tinyModel();
  const result = await tuner({ baseModel, adapterType: "full" }).run({ epochs: 4, learningRate: 3e-3 });
  assert.ok(result.evals.at(-1)!.loss < result.evals[0].loss);
  assert.equal(result.adapter.format, "huggingface");
  assert.equal(result.plan.model.trainable, baseModel.paramCount);
});

test("accumulated micro-batches give the step of the whole batch", async () => {
  const run = async (microBatchSize: number): Promise<number[]> => {
    const result = await tuner({ seed: 5 }).run({
      maxSteps: 5,
      batchSize: 12,
      microBatchSize,
      learningRate: 1e-2,
    });
    return result.history.map(({ loss }) => loss);
  };
  const [whole, parts] = [await run(12), await run(4)];
  whole.forEach((loss, i) =>
    assert.ok(Math.abs(loss - parts[i]) < 2e-4, `${loss} and ${parts[i]} at step ${i + 1}`),
  );
});

test("the same seed gives the same losses, another seed others", async () => {
  const run = async (seed: number): Promise<number[]> =>
    (await tuner({ seed }).run({ maxSteps: 4 })).history.map(({ loss }) => loss);
  const first = await run(1);
  assert.deepEqual(await run(1), first);
  assert.notDeepEqual(await run(2), first);
});

test("pretrain packs every token into windows", async () => {
  const rows = copyRows(200).map(({ prompt, completion }) => prompt + completion);
  // Two after one another: the held-out pairs are none that were learned.
  const texts = rows.map((row, i) => ({ text: `${row} ${rows[(i + 1) % rows.length]}` }));
  const result = await tuner({
    task: "pretrain",
    adapterType: "full",
    trainingData: texts,
    evalData: { fraction: 0.1 },
  }).run({
    maxSteps: 20,
    maxLength: 32,
    learningRate: 3e-3,
  });
  assert.equal(result.plan.data.truncated, 0);
  assert.ok(result.evals.at(-1)!.loss < result.evals[0].loss);
});

test("plan shows what is learned and what is not, and writes nothing", async () => {
  const outputDir = join(root, "never");
  const plan = await tuner({ outputDir }).plan({ epochs: 2, batchSize: 32 });
  assert.match(plan.data.preview[0], /^say \w+ :⟦ \w+ \w+<\|endoftext\|>⟧$/);
  assert.equal(plan.steps, 6);
  assert.ok(plan.data.maskedPct > 20 && plan.data.maskedPct < 80);
  assert.equal(plan.memory.optimizer, 8 * plan.model.trainable);
  assert.ok(!(await readdir(root)).includes("never"));
});

const STATE_BYTES = { adamw: 8, adamw8bit: 8, sgd: 4, lion: 4, adafactor: 0.36, muon: 4 } as const;

for (const optimizer of OPTIMIZER_NAMES) {
  test(`${optimizer} by name lowers the held-out loss at its automatic rate, with the planned state`, async () => {
    const run: RunOptions = { maxSteps: 24, optimizer, schedule: "wsd" };
    const { memory, model } = await tuner().plan(run);
    // At rank 16 Adafactor's rows and columns weigh 4·(16 + n) bytes for 16·n parameters; 8-bit state starts at 4096.
    const perParameter = memory.optimizer / model.trainable;
    assert.ok(
      Math.abs(perParameter - STATE_BYTES[optimizer]) < 0.2 * STATE_BYTES[optimizer],
      `${perParameter}`,
    );
    const { evals } = await tuner().run(run);
    assert.ok(evals.at(-1)!.loss < evals[0].loss - 0.02, `${evals[0].loss} → ${evals.at(-1)!.loss}`);
  });
}

test("a model describes its parameters, and beside adapters only these train", async () => {
  const baseModel = tinyModel();
  assert.equal(baseModel.describe().count, baseModel.paramCount);
  assert.equal(baseModel.describe().trainable, baseModel.paramCount);
  const { model, plan } = await tuner({ baseModel, adapter: { r: 4 } }).run({ maxSteps: 1 });
  assert.equal(model.describe().trainable, plan.model.trainable);
  assert.match(String(model.describe()), /layers\.0\.self_attn\.q_proj\.lora_A +\[4, 32\] +128 +yes/);
});

test("LoRA+ gives B a rate of its own", async () => {
  const losses = async (plusRatio: number): Promise<number[]> => {
    const { history } = await tuner({ adapter: { r: 4, plusRatio } }).run({ maxSteps: 12, warmup: 0 });
    return history.map(({ loss }) => loss);
  };
  const [plain, plus] = [await losses(1), await losses(16)];
  assert.equal(plain[0], plus[0]);
  assert.ok(plus.at(-1)! < plain.at(-1)!);
  await assert.rejects(async () => losses(0), refuses("E_CONFIG", /plusRatio/));
});

test("a cancelled job fails with E_CANCELLED and can be resumed from its checkpoint", async () => {
  const outputDir = join(root, "cancelled");
  const run: RunOptions = { maxSteps: 12, checkpointEvery: 1 };
  const job = tuner({ outputDir }).run(run);
  job.on("step", ({ step }) => step === 5 && job.cancel());
  await assert.rejects(async () => job, refuses("E_CANCELLED", /stopped/));
  assert.equal(job.status, "cancelled");
  const result = await tuner({ outputDir }).run({ ...run, resume: true });
  assert.equal(result.history.length, 12);
  await assert.rejects(
    async () => tuner({ outputDir, seed: 7 }).run({ ...run, resume: true }),
    refuses("E_CHECKPOINT_MISMATCH", /seed 42, this run has 7/),
  );
  // the base model's weights are others meanwhile
  const { id, tokenizer, config } = tinyModel();
  const baseModel = createModel(config.json, { seed: 8, id, tokenizer: tokenizer! });
  await assert.rejects(
    async () => tuner({ outputDir, baseModel }).run({ ...run, resume: true }),
    refuses("E_CHECKPOINT_MISMATCH", /baseWeights/),
  );
});

test("a config round-trips through JSON", async () => {
  const config = new ModelFineTuner({ baseModel: "gradlab/en-3m", trainingData: "rows.jsonl", seed: 3 })
    .with({ epochs: 2 })
    .toConfig();
  assert.deepEqual(
    (await ModelFineTuner.fromConfig(JSON.parse(JSON.stringify(config)) as object)).toConfig(),
    config,
  );
});

test("a run that is paused takes no step, and ends as if it had never been", async () => {
  const how = { maxSteps: 8, batchSize: 8, learningRate: 1e-2 };
  const plain = await tuner().run(how);
  const job = tuner().run(how);
  let seen = 0;
  const paused = new Promise<string>((resolve) => {
    job.on("step", ({ step }) => {
      seen = step;
      if (step === 3) void pause(job).then(resolve);
    });
  });
  assert.equal(await paused, "paused");
  // many steps' time, in which the run stands still
  await delay(200);
  assert.deepEqual([job.status, seen], ["paused", 3]);
  job.resume();
  const { history } = await job;
  assert.deepEqual(
    history.map(({ loss }) => loss),
    plain.history.map(({ loss }) => loss),
  );
});

test("pause and stop act between two batches of an evaluation, not after it", async () => {
  const how = { maxSteps: 2, batchSize: 8, learningRate: 1e-2, ema: 0.5 };
  const evalData = copyRows(64, 2);
  const plain = await tuner({ evalData }).run(how);
  const evaluated: string[] = [];
  const begin = (): ReturnType<ReturnType<typeof tuner>["run"]> =>
    tuner({ evalData })
      .run(how)
      .on("eval", ({ type }) => void evaluated.push(type));
  const job = begin();
  // the first evaluation follows at once
  const paused = new Promise<string>((resolve) => {
    job.on("start", () => void pause(job).then(resolve));
  });
  assert.deepEqual([await paused, evaluated], ["paused", []]);
  job.resume();
  const { history } = await job;
  assert.deepEqual(
    history.map(({ loss }) => loss),
    plain.history.map(({ loss }) => loss),
  );
  evaluated.length = 0;
  const stopped = begin();
  stopped.on("start", () => stopped.cancel("enough"));
  await assert.rejects(async () => await stopped, refuses("E_CANCELLED", /enough/));
  assert.deepEqual(evaluated, []);
});

test("bad options are refused at once, with the way out", () => {
  const make = (more: object): unknown => new ModelFineTuner({ ...options(), ...more } as FineTunerOptions);
  assert.throws(() => make({ adapterType: "lorra" }), refuses("E_CONFIG", /"lora" or "full"/));
  assert.throws(() => make({ trainingdata: "x" }), refuses("E_CONFIG", /Did you mean "trainingData"/));
  assert.throws(() => tuner().run({ epoch: 1 } as RunOptions), refuses("E_CONFIG", /Did you mean "epochs"/));
  assert.throws(() => tuner().run({ batchSize: 0 }), refuses("E_CONFIG", /positive whole number, got 0/));
});

test("bad input fails with its place and leaves nothing behind", async () => {
  const file = join(root, "rows.jsonl");
  const outputDir = join(root, "nothing");
  const run = async (text: string): Promise<unknown> => {
    await writeFile(file, text);
    return tuner({ trainingData: file, outputDir }).run();
  };
  await assert.rejects(
    () => run('{"prompt":"a","completion":"b"}\n{"prompt": nope}\n'),
    refuses("E_DATA_FORMAT", /rows\.jsonl:2:\d+/),
  );
  await assert.rejects(() => run('{"prompt":"a"}\n'), refuses("E_DATA_FORMAT", /completion/));
  await assert.rejects(() => run(""), refuses("E_DATA_EMPTY", /rows\.jsonl/));
  await assert.rejects(
    async () => tuner({ trainingData: join(root, "absent.jsonl") }).run(),
    refuses("E_FILE_NOT_FOUND", /absent/),
  );
  await assert.rejects(
    async () => tuner({ adapter: { targetModules: ["query"] } }).run(),
    refuses("E_TARGET_MODULES", /q_proj/),
  );
  await assert.rejects(
    async () => tuner({ baseModel: "llama-7b" }).run(),
    refuses("E_WEIGHTS_UNAVAILABLE", /llama-7b/),
  );
  assert.ok(!(await readdir(root)).includes("nothing"));
});

test("a saved adapter is loaded back to the same bits, and merged", async () => {
  const baseModel = tinyModel();
  const result = await tuner({ baseModel, adapter: { r: 4 } }).run({ maxSteps: 6, learningRate: 1e-2 });
  const loaded = await loadAdapter(baseModel, result.adapter.path);
  const want = await result.model.forward([[4, 5, 6]]).data();
  assert.deepEqual(await loaded.forward([[4, 5, 6]]).data(), want);
  const merged = await (await mergeAdapter(loaded)).forward([[4, 5, 6]]).data();
  want.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(merged[i])) < 1e-4));
});

test("a folder with an adapter alone is loaded as the model that it names, changed", async () => {
  const base = join(root, "named");
  await saveModel(tinyModel(), base);
  const baseModel = await loadModel(base);
  const result = await tuner({ baseModel, adapter: { r: 4 } }).run({ maxSteps: 6, learningRate: 1e-2 });
  const folder = result.adapter.path;
  const unnamed = refuses("E_WEIGHTS_UNAVAILABLE", /changes "named", which is not on this machine/);
  await assert.rejects(loadModel(folder), unnamed);
  const config = join(folder, "adapter_config.json");
  const json = JSON.parse(await readFile(config, "utf8")) as object;
  await writeFile(config, JSON.stringify({ ...json, base_model_name_or_path: base }));
  const loaded = await loadModel(folder);
  const want = await result.model.forward([[4, 5, 6]]).data();
  const got = await loaded.forward([[4, 5, 6]]).data();
  want.forEach((value, i) => assert.ok(Math.abs(Number(value) - Number(got[i])) < 1e-4));
  // a plain model: it can be saved, and adapted again
  await saveModel(loaded, join(root, "folded"));
  assert.equal((await loadTokenizer(folder)).vocabSize, (await loadTokenizer(base)).vocabSize);
  assert.match((await refused("E_MODEL_NOT_FOUND", () => loadEncoder(folder))).message, /loadModel/);

  // trained on other weights of the same shapes
  await saveModel(createModel(baseModel.config.json, { seed: 8, tokenizer: baseModel.tokenizer! }), base);
  const other = await refused("E_WEIGHT_MISMATCH", () => loadModel(folder));
  assert.match(other.message, /trained on other weights than those that .*named has here.*Train it again/s);
  await mergeAdapter(await loadAdapter(await loadModel(base), folder));
  // one that does not say what it was trained on is taken
  await writePeftAdapter(folder, { ...(await readPeftAdapter(folder)), metadata: {} });
  await loadModel(folder);
});

test("a hash of weights is that of their values, whatever holds them", async () => {
  const model = tinyModel();
  const folder = join(root, "hashed");
  await saveModel(model, folder, { dtype: "bfloat16", maxShardBytes: 4096 });
  const [wide, stored] = [await loadModel(folder), await loadModel(folder, { dtype: "stored" })];
  const hash = createHash("sha256");
  for (const name of [...wide.parameters.keys()].sort()) {
    const { shape, data } = await wide.parameters.get(name)!.array();
    hash.update(`${name}\n${shape.join()}\n`);
    for (const value of data) hash.update(new Float32Array([Number(value)]));
  }
  assert.equal(await hashWeights(wide), hash.digest("hex"));
  assert.equal(await hashWeights(stored), await hashWeights(wide));
  assert.notEqual(await hashWeights(model), await hashWeights(wide));
  assert.equal(await hashWeights(await mergeAdapter(model)), await hashWeights(model));
  const inBlocks = await new Quantizer({ modelPath: model }).apply();
  assert.equal(await hashWeights(inBlocks), undefined);
});

test("an adapter is never lost in silence, nor put on a model it does not fit", async () => {
  const result = await tuner({ adapter: { r: 4 } }).run({ maxSteps: 1 });
  await assert.rejects(saveModel(result.model, join(root, "lost")), refuses("E_CONFIG", /not merged/));
  assert.ok(!(await readdir(root)).includes("lost"));
  const wider = createModel({ ...tinyModel().config.json, intermediate_size: 96 });
  await assert.rejects(loadAdapter(wider, result.adapter.path), refuses("E_WEIGHT_MISMATCH", /\[32, 96\]/));
  const shallow = createModel({ ...tinyModel().config.json, num_hidden_layers: 1 });
  await assert.rejects(
    loadAdapter(shallow, result.adapter.path),
    refuses("E_TARGET_MODULES", /model\.layers\.1/),
  );
});
