import { join } from "node:path";
import {
  CheckpointStore,
  folderBytes,
  removeFolder,
  startRunRecord,
  writeFileAtomic,
  writeRunRecord,
  type RunRecord,
} from "../artifacts/index.js";
import { BatchLoader, Dataset, type Batch, type BatchLoaderState } from "../data/index.js";
import { GradlabError } from "../errors.js";
import { HostStorage } from "../graph/index.js";
import type { JobContext } from "../job/index.js";
import { Ema, type Optimizer } from "../optim/index.js";
import { sizeOf, type HostArray } from "../tensor/index.js";
import { HeldOut } from "./held-out.js";
import { auxLossCoefOf, optimizerOf, rateOf } from "./hyperparameters.js";
import type { Prepared } from "./methods/method.js";
import type {
  AdapterType,
  EvalEvent,
  FineTunerOptions,
  RunOptions,
  StepEvent,
  TrainEvent,
  TrainPlan,
} from "./options.js";
import { describePlan, sizesOf, type Sizes } from "./plan.js";
import { batchesOf, lengthOf, loadBase, prepareData, prepareMethod, type TrainingSet } from "./prepare.js";
import type { FineTuneResult } from "./result.js";
import { restoreState, saveState } from "./train-state.js";
import { TrainStep } from "./train-step.js";

const KEPT_CHECKPOINTS = 2;
const EVAL_BATCH = 16;

type Options = FineTunerOptions<AdapterType>;

/** Everything one run needs, made before its first step. */
export interface Setup {
  readonly prepared: Prepared;
  readonly train: TrainingSet;
  readonly evaluation: TrainingSet | undefined;
  readonly sizes: Sizes;
  readonly plan: TrainPlan;
}

export async function setUp(options: Options, run: RunOptions): Promise<Setup> {
  const base = await loadBase(options);
  const prepared = await prepareMethod(base.model, options);
  const data = await prepareData(prepared.model, options, run);
  const sizes = sizesOf(data.train, run);
  auxLossCoefOf(prepared, run);
  return {
    prepared,
    ...data,
    sizes,
    plan: describePlan(base, prepared, data, {
      ...sizes,
      stateBytes: optimizerOf(prepared, run).memory().bytes + averageBytes(prepared, run),
    }),
  };
}

/** Averages take the parameters' own size. */
const averageBytes = ({ trainable }: Prepared, { ema }: RunOptions): number =>
  ema === undefined ? 0 : trainable.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);

/** One fine-tuning run: the loop, its evaluations, checkpoints and results. */
export class Run {
  readonly #optimizer: Optimizer;
  /** What is evaluated and saved in place of the last step's weights, where averages are kept. */
  readonly #ema: Ema | undefined;
  readonly #step: TrainStep;
  readonly #heldOut: HeldOut;
  readonly #store: CheckpointStore;
  readonly #history: StepEvent[] = [];
  readonly #evals: EvalEvent[] = [];
  #loader: BatchLoader<unknown>;
  /** Of what an adapter is trained on; full fine-tuning replaces all of it. */
  #baseWeights: string | undefined;
  #best: { event: EvalEvent; values: readonly HostArray[] } | undefined;

  constructor(
    readonly options: Options,
    readonly run: RunOptions,
    readonly setup: Setup,
    readonly context: JobContext<TrainEvent>,
    readonly outputDir: string,
  ) {
    const { prepared, train, sizes } = setup;
    const { clipNorm = 1, ema } = run;
    this.#optimizer = optimizerOf(prepared, run);
    this.#ema = ema === undefined ? undefined : new Ema(prepared.trainable, { decay: ema, warmup: true });
    this.#step = new TrainStep(prepared.model, prepared.trainable, this.#optimizer, {
      clipNorm,
      routerAuxLossCoef: auxLossCoefOf(prepared, run),
      ...(this.#ema ? { ema: this.#ema } : {}),
    });
    this.#heldOut = new HeldOut(prepared.model);
    this.#store = new CheckpointStore(join(outputDir, "checkpoints"));
    this.#loader = new BatchLoader(train.items, {
      batchSize: sizes.batchSize,
      seed: options.seed ?? 42,
      lengthOf,
    });
  }

  async execute(): Promise<FineTuneResult> {
    const { plan, sizes } = this.setup;
    const record = await this.#begin();
    this.#baseWeights = await this.setup.prepared.baseHash?.();
    const resumedFrom = await this.#resume();
    this.context.emit({ type: "start", plan, ...(resumedFrom ? { resumedFrom } : {}) });
    if (!resumedFrom) await this.#evaluate();
    const evalEvery = this.run.evalEvery ?? Math.max(1, Math.ceil(sizes.steps / 5));
    let saved = Date.now();
    while (this.#optimizer.step < sizes.steps) {
      await this.context.pausePoint();
      await this.#advance();
      const step = this.#optimizer.step;
      if (step % evalEvery === 0 || step === sizes.steps) await this.#evaluate();
      if (this.#checkpointDue(step, saved)) {
        await this.#save();
        saved = Date.now();
      }
    }
    return this.#finish(record);
  }

  async #begin(): Promise<RunRecord> {
    const { trainingData, evalData, baseModel, seed = 42 } = this.options;
    const inputs = [trainingData, evalData].filter((data): data is string => typeof data === "string");
    const { signal: _signal, ...run } = this.run;
    const model = typeof baseModel === "string" ? baseModel : baseModel.id;
    const options = {
      baseModel: model,
      adapterType: this.options.adapterType ?? "lora",
      adapter: this.options.adapter,
      run,
    };
    return startRunRecord({
      id: `ft-${Date.now().toString(36)}`,
      kind: "fine-tune",
      seed,
      inputs,
      options: {
        ...options,
        data: this.setup.train.fingerprint,
        datasets: await fingerprintsOf({ trainingData, evalData }),
      },
    });
  }

  /** What must be equal for a checkpoint to be continued. */
  #identity(): Record<string, unknown> {
    const { options, setup, run } = this;
    return {
      model: setup.plan.model.id,
      adapterType: options.adapterType ?? "lora",
      adapter: JSON.stringify(options.adapter ?? {}),
      seed: options.seed ?? 42,
      data: setup.train.fingerprint,
      batchSize: setup.sizes.batchSize,
      microBatchSize: setup.sizes.microBatchSize,
      totalSteps: setup.sizes.steps,
      learningRate: run.learningRate ?? "auto",
      schedule: run.schedule ?? "cosine",
      optimizer: run.optimizer ?? "adamw",
      routerAuxLossCoef: auxLossCoefOf(setup.prepared, run),
      ema: run.ema ?? 0,
      ...(this.#baseWeights === undefined ? {} : { baseWeights: this.#baseWeights }),
    };
  }

  /** @returns the step continued from; 0 for a new start */
  async #resume(): Promise<number> {
    if (!this.run.resume) {
      await removeFolder(this.#store.folder);
      return 0;
    }
    const { checkpoint, skipped } = await this.#store.latestValid();
    for (const { path, reason } of skipped) {
      this.#warn("W_CHECKPOINT_SKIPPED", `${path} was skipped: ${reason}`, "An older checkpoint is used.");
    }
    if (!checkpoint) return 0;
    // Checkpoints from before there was a choice do not name what they were made with.
    const silent = { optimizer: "adamw", routerAuxLossCoef: 0, ema: 0, baseWeights: this.#baseWeights };
    const saved: Record<string, unknown> = { ...silent, ...(checkpoint.meta.identity as object) };
    const changed = Object.entries(this.#identity()).find(([key, value]) => saved[key] !== value);
    if (changed) {
      throw new GradlabError(
        "E_CHECKPOINT_MISMATCH",
        `The checkpoint was made with ${changed[0]} ${String(saved[changed[0]])}, this run has ${String(changed[1])}.`,
        { where: checkpoint.path },
      );
    }
    const meta = await restoreState(checkpoint, this.setup.prepared.trainable, this.#optimizer, this.#ema);
    this.#loader = BatchLoader.fromState(this.setup.train.items, meta.loader as BatchLoaderState, {
      lengthOf,
    });
    this.#history.push(...(meta.history as StepEvent[]));
    this.#evals.push(...(meta.evals as EvalEvent[]));
    return checkpoint.step;
  }

  async #advance(): Promise<void> {
    const { sizes, train, prepared } = this.setup;
    const { items, epoch } = this.#loader.next();
    const batches: Batch[] = [];
    for (let at = 0; at < items.length; at += sizes.microBatchSize) {
      batches.push(train.batch(items.slice(at, at + sizes.microBatchSize)));
    }
    const step = this.#optimizer.step + 1;
    const learningRate = rateOf(step, sizes.steps, prepared, this.run);
    const started = performance.now();
    const { loss, balanceLoss, gradNorm, tokens } = await this.#step.run(batches, learningRate);
    const ms = performance.now() - started;
    if (!Number.isFinite(loss)) throw this.#diverged(step, loss);
    const event: StepEvent = {
      type: "step",
      step,
      totalSteps: sizes.steps,
      epoch,
      loss,
      ...(balanceLoss === undefined ? {} : { balanceLoss }),
      learningRate,
      gradNorm,
      tokens,
      tokensPerSecond: (1000 * tokens) / ms,
      etaMs: ms * (sizes.steps - step),
    };
    this.#history.push(event);
    this.context.emit(event);
  }

  #diverged(step: number, loss: number): GradlabError {
    return new GradlabError("E_NAN_LOSS", `The loss became ${loss} at step ${step}.`, {
      where: this.#store.folder,
      hint: "Lower learningRate or clipNorm; the checkpoints before this step are whole.",
    });
  }

  async #evaluate(): Promise<void> {
    const { evaluation } = this.setup;
    if (!evaluation) return;
    await this.#ema?.swap();
    try {
      await this.#score(evaluation);
    } finally {
      // also when it was stopped in the middle
      await this.#ema?.swap();
    }
  }

  async #score(evaluation: NonNullable<Setup["evaluation"]>): Promise<void> {
    const { prepared } = this.setup;
    const { loss, tokens } = await this.#heldOut.loss(batchesOf(evaluation, EVAL_BATCH), () =>
      this.context.pausePoint(),
    );
    const isBest = this.#evals.every((earlier) => loss < earlier.loss);
    const event: EvalEvent = {
      type: "eval",
      step: this.#optimizer.step,
      loss,
      perplexity: Math.exp(loss),
      tokens,
      isBest,
    };
    this.#evals.push(event);
    this.context.emit(event);
    if (isBest && this.run.keep === "best") {
      const values: HostArray[] = [];
      for (const parameter of prepared.trainable) {
        const array = await parameter.array();
        values.push({ ...array, data: array.data.slice() });
      }
      this.#best = { event, values };
    }
  }

  #checkpointDue(step: number, saved: number): boolean {
    const { checkpointEvery = "60s" } = this.run;
    if (typeof checkpointEvery === "number") return step % checkpointEvery === 0;
    return Date.now() - saved >= 1000 * Number.parseFloat(checkpointEvery);
  }

  async #save(): Promise<void> {
    const loop = {
      identity: this.#identity(),
      loader: this.#loader.state(),
      history: this.#history,
      evals: this.#evals,
    };
    const { trainable } = this.setup.prepared;
    const { step, path } = await saveState(this.#store, trainable, this.#optimizer, loop, this.#ema);
    await this.#store.prune({ keepLast: KEPT_CHECKPOINTS });
    this.context.emit({ type: "checkpoint", step, path });
  }

  async #finish(record: RunRecord): Promise<FineTuneResult> {
    const { prepared, plan } = this.setup;
    await this.#ema?.swap();
    if (this.#best) {
      this.#best.values.forEach((values, i) => prepared.trainable[i].load(new HostStorage(values)));
    }
    const best = this.#evals.reduce<EvalEvent | undefined>(
      (low, e) => (low && low.loss <= e.loss ? low : e),
      undefined,
    );
    const path = join(this.outputDir, prepared.format === "peft-safetensors" ? "adapter" : "model");
    const metrics = {
      heldOutBefore: this.#evals[0],
      heldOutAfter: this.#evals.at(-1),
      finalLoss: this.#history.at(-1)?.loss,
    };
    await prepared.save(path, {});
    await this.#writeLog();
    const bytes = await folderBytes(path);
    await writeRunRecord(this.outputDir, { ...record, finishedAt: new Date().toISOString(), metrics });
    this.context.emit({ type: "done", step: this.#optimizer.step, path });
    return {
      runId: record.id,
      model: prepared.model,
      adapter: { path, bytes, format: prepared.format },
      plan,
      history: this.#history,
      evals: this.#evals,
      best,
      record: join(this.outputDir, "run.json"),
      merge: () => prepared.merge(),
    };
  }

  /** Every step and evaluation, a line each; those before a resume come from the checkpoint. */
  async #writeLog(): Promise<void> {
    const events = [...this.#evals, ...this.#history];
    // the first evaluation stands before step 1, the others behind the steps of their number
    const place = (event: StepEvent | EvalEvent): number => event.step + (event.type === "eval" ? 0.5 : 0);
    const lines = events.sort((a, b) => place(a) - place(b)).map((event) => `${JSON.stringify(event)}\n`);
    await writeFileAtomic(join(this.outputDir, "log.jsonl"), lines.join(""));
  }

  #warn(code: string, message: string, hint: string): void {
    this.context.emit({ type: "warning", code, message, hint });
  }
}

/** Fingerprints of what was given as data sets, by name; one over rows that run only once has none. */
async function fingerprintsOf(data: Readonly<Record<string, unknown>>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(data)) {
    const print = value instanceof Dataset ? await value.fingerprint().catch(() => undefined) : undefined;
    if (print !== undefined) found[name] = print;
  }
  return found;
}
