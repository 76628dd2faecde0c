import { join } from "node:path";
import { CheckpointStore, type Journal, openJournal, writeFileAtomic } from "../artifacts/index.js";
import { packTokens, type PackedTokens, readTokens } from "../data/index.js";
import { GradlabError } from "../errors.js";
import { HeldOut, restoreState, saveState, TrainStep } from "../finetune/index.js";
import type { JobContext } from "../job/index.js";
import { saveModel } from "../models/index.js";
import { learningRateAt, makeOptimizer, type Optimizer } from "../optim/index.js";
import { drawCurve } from "./draw-curve.js";
import type { HeldOutScore, PretrainEvalEvent, PretrainEvent, PretrainResult } from "./events.js";
import { identityOf } from "./identity.js";
import { measurePeak } from "./measure-peak.js";
import { Mixture, type MixtureState } from "./mixture.js";
import { type Learner, makeLearner } from "./objectives/index.js";
import { phasesOf } from "./read-recipe.js";
import type { PretrainRecipe } from "./recipe.js";
import { scoreHeldOut } from "./score-held-out.js";

const KEPT_CHECKPOINTS = 2;
/** Keeps the tokens hidden in training apart from those hidden in held-out files. */
const TRAIN_STREAM = 1 << 30;

interface Parts {
  readonly learner: Learner;
  readonly sources: Readonly<Record<string, PackedTokens>>;
  readonly heldOut: Readonly<Record<string, PackedTokens>>;
}

/** What happened since the last evaluation. */
interface Stretch {
  nats: number;
  tokens: number;
  seconds: number;
}

/** One sitting of a pre-training run: the loop, its evaluations, checkpoints and pictures. */
export class PretrainRun {
  readonly #optimizer: Optimizer;
  readonly #step: TrainStep;
  readonly #heldOut: HeldOut;
  readonly #store: CheckpointStore;
  readonly #evals: PretrainEvalEvent[] = [];
  #mixture: Mixture;
  #log: Journal | undefined;
  #stretch: Stretch = { nats: 0, tokens: 0, seconds: 0 };
  #peakFlops = 0;

  static async prepare(
    recipe: PretrainRecipe,
    outputDir: string,
    context: JobContext<PretrainEvent>,
  ): Promise<PretrainRun> {
    const learner = await makeLearner(recipe);
    const sources = await openTokens(recipe.data, recipe);
    const heldOut = await openTokens(recipe.heldOut ?? {}, recipe);
    return new PretrainRun(recipe, { learner, sources, heldOut }, outputDir, context);
  }

  constructor(
    readonly recipe: PretrainRecipe,
    readonly parts: Parts,
    readonly outputDir: string,
    readonly context: JobContext<PretrainEvent>,
  ) {
    const { learner, sources } = parts;
    const { name = "adamw", ...options } = recipe.optimizer ?? {};
    const parameters = [...learner.model.parameters.values()];
    this.#optimizer = makeOptimizer(name, parameters, options);
    this.#step = new TrainStep(learner, parameters, this.#optimizer, { clipNorm: recipe.clipNorm ?? 1 });
    this.#heldOut = new HeldOut({ losses: learner.heldOut });
    this.#store = new CheckpointStore(join(outputDir, "checkpoints"));
    this.#mixture = new Mixture(sources, recipe.seed ?? 42);
  }

  async execute(minutes = Infinity): Promise<PretrainResult> {
    this.#log = await openJournal(join(this.outputDir, "log.jsonl"));
    try {
      return await this.#train(minutes);
    } finally {
      await this.#log.close();
    }
  }

  async #train(minutes: number): Promise<PretrainResult> {
    const {
      steps,
      batchSize,
      window,
      evalEvery = Math.ceil(steps / 20),
      checkpointSeconds = 120,
    } = this.recipe;
    const resumedFrom = await this.#resume();
    this.#peakFlops = await measurePeak();
    const { model, teacherWeights } = this.parts.learner;
    await this.#report({
      type: "start",
      parameters: model.paramCount,
      steps,
      tokensPerStep: batchSize * window,
      peakFlops: this.#peakFlops,
      ...(teacherWeights === undefined ? {} : { teacherWeights }),
      ...(resumedFrom > 0 ? { resumedFrom } : {}),
    });
    const deadline = Date.now() + 60_000 * minutes;
    let saved = Date.now();
    while (this.#optimizer.step < steps && Date.now() < deadline) {
      await this.#pausePoint();
      await this.#advance();
      if (this.#optimizer.step % evalEvery === 0 && this.#optimizer.step < steps) await this.#evaluate();
      if (Date.now() - saved >= 1000 * checkpointSeconds) {
        await this.#save();
        saved = Date.now();
      }
    }
    return this.#finish();
  }

  /** A run that is stopped keeps what it has done. */
  async #pausePoint(): Promise<void> {
    try {
      await this.context.pausePoint();
    } catch (error) {
      await this.#save();
      throw error;
    }
  }

  async #advance(): Promise<void> {
    const { steps, batchSize } = this.recipe;
    const step = this.#optimizer.step + 1;
    const windows = this.#mixture.next(batchSize, this.#mixAt(step));
    const batch = this.parts.learner.prepare(windows, TRAIN_STREAM + step);
    const learningRate = this.#rateAt(step);
    const started = performance.now();
    const { loss, gradNorm, tokens } = await this.#step.run([batch], learningRate);
    const ms = performance.now() - started;
    if (!Number.isFinite(loss))
      throw new GradlabError("E_NAN_LOSS", `The loss became ${loss} at step ${step}.`, {
        where: this.#store.folder,
        hint: "Lower learningRate or clipNorm; the checkpoints before this step are whole.",
      });
    this.#stretch.nats += loss * tokens;
    this.#stretch.tokens += tokens;
    this.#stretch.seconds += ms / 1000;
    const epoch = Math.max(...Object.values(this.#mixture.epochs));
    this.context.emit({
      type: "step",
      step,
      totalSteps: steps,
      epoch,
      loss,
      learningRate,
      gradNorm,
      tokens,
      tokensPerSecond: (1000 * tokens) / ms,
      etaMs: ms * (steps - step),
    });
  }

  #mixAt(step: number): Readonly<Record<string, number>> {
    const phases = phasesOf(this.recipe);
    let end = 0;
    for (const { share, mix } of phases) {
      end += share;
      if (step <= Math.round(end * this.recipe.steps)) return mix;
    }
    return phases[phases.length - 1].mix;
  }

  #rateAt(step: number): number {
    const { learningRate: peak, steps: totalSteps, schedule } = this.recipe;
    const { name = "cosine", warmup: warmupSteps = 0, floor = 0, decayShare = 0.2 } = schedule ?? {};
    return learningRateAt(name, step, {
      peak,
      totalSteps,
      warmupSteps,
      floor,
      decaySteps: decayShare * totalSteps,
    });
  }

  async #evaluate(rows = this.recipe.evalRows ?? 192): Promise<Readonly<Record<string, HeldOutScore>>> {
    const { learner } = this.parts;
    const scores: Record<string, HeldOutScore> = {};
    for (const [name, windows] of Object.entries(this.parts.heldOut)) {
      scores[name] = await scoreHeldOut(
        windows,
        { heldOut: this.#heldOut, learner },
        { rows, batchSize: this.recipe.batchSize, before: () => this.#pausePoint() },
      );
    }
    const { nats, tokens, seconds } = this.#stretch;
    const { batchSize, window } = this.recipe;
    const step = this.#optimizer.step;
    const flops = learner.flopsPerToken(window);
    const event: PretrainEvalEvent = {
      type: "eval",
      step,
      tokens: step * batchSize * window,
      loss: Object.values(scores)[0]?.loss ?? nats / tokens,
      heldOut: scores,
      ...(tokens > 0
        ? {
            trainLoss: nats / tokens,
            tokensPerSecond: tokens / seconds,
            mfu: ((tokens / seconds) * flops) / this.#peakFlops,
          }
        : {}),
    };
    this.#stretch = { nats: 0, tokens: 0, seconds: 0 };
    this.#evals.push(event);
    await this.#report(event);
    const curve = drawCurve(this.recipe.id, this.#evals);
    if (curve) await writeFileAtomic(join(this.outputDir, "curve.svg"), curve.svg());
    return scores;
  }

  async #resume(): Promise<number> {
    const { checkpoint } = await this.#store.latestValid();
    if (!checkpoint) return 0;
    if (checkpoint.meta.identity !== identityOf(this.recipe, this.parts.sources))
      throw new GradlabError(
        "E_CHECKPOINT_MISMATCH",
        "The checkpoint was made by another recipe or of other data.",
        {
          where: checkpoint.path,
          hint: "Delete the folder to start anew, or name another outputDir.",
        },
      );
    const meta = await restoreState(
      checkpoint,
      [...this.parts.learner.model.parameters.values()],
      this.#optimizer,
    );
    this.#mixture = new Mixture(this.parts.sources, this.recipe.seed ?? 42, meta.mixture as MixtureState);
    this.#stretch = meta.stretch as Stretch;
    this.#evals.push(...(meta.evals as PretrainEvalEvent[]));
    return checkpoint.step;
  }

  async #save(): Promise<void> {
    const loop = {
      identity: identityOf(this.recipe, this.parts.sources),
      mixture: this.#mixture.state(),
      stretch: this.#stretch,
      evals: this.#evals,
    };
    const parameters = [...this.parts.learner.model.parameters.values()];
    const { step, path } = await saveState(this.#store, parameters, this.#optimizer, loop);
    await this.#store.prune({ keepLast: KEPT_CHECKPOINTS });
    this.context.emit({ type: "checkpoint", step, path });
  }

  async #finish(): Promise<PretrainResult> {
    await this.#save();
    const step = this.#optimizer.step;
    const finished = step >= this.recipe.steps;
    const heldOut = await this.#evaluate(finished ? Infinity : this.recipe.evalRows);
    const { dtype = "float32" } = this.recipe;
    const path = await saveModel(this.parts.learner.model, join(this.outputDir, "model"), { dtype });
    this.context.emit({ type: "done", step, path });
    return { path, step, finished, heldOut, evals: this.#evals };
  }

  async #report(event: PretrainEvent): Promise<void> {
    this.context.emit(event);
    await this.#log?.append({ time: new Date().toISOString(), ...event });
  }
}

async function openTokens(
  files: Readonly<Record<string, string>>,
  { window, prepare }: PretrainRecipe,
): Promise<Record<string, PackedTokens>> {
  const opened: Record<string, PackedTokens> = {};
  for (const [name, path] of Object.entries(files)) {
    const tokens = await readTokens(path).catch((error: unknown) => {
      if (!(error instanceof GradlabError) || error.code !== "E_FILE_NOT_FOUND" || prepare === undefined)
        throw error;
      throw new GradlabError("E_FILE_NOT_FOUND", `There is no file ${path} for the data "${name}".`, {
        where: path,
        hint: `Make it with: ${prepare}`,
      });
    });
    opened[name] = packTokens(tokens, window);
  }
  return opened;
}
