import { join, resolve } from "node:path";
import { withFolderLock } from "../artifacts/index.js";
import { Job } from "../job/index.js";
import type { PretrainEvent, PretrainResult } from "./events.js";
import { checkRecipe, readRecipe } from "./read-recipe.js";
import type { PretrainRecipe } from "./recipe.js";
import { PretrainRun } from "./run.js";

export interface PretrainRunOptions {
  /** Stops after so many minutes, with a checkpoint; the next run goes on from there. Default: to the end. */
  readonly minutes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Trains a language model from random weights on packed tokens, by a recipe: what `gradlab train RECIPE` runs.
 *
 * Every run goes on from the newest whole checkpoint in `outputDir`, bit by bit; delete the folder to start anew. Into it
 * come `model` (at the end or when the time is over), `log.jsonl` and `curve.svg`.
 *
 * @throws E_CONFIG; run() fails with E_CONFIG while another process trains in the folder, E_FILE_NOT_FOUND for data that was not made yet, E_CHECKPOINT_MISMATCH,
 *   E_NAN_LOSS, E_CANCELLED
 * @example
 * const pretrainer = await Pretrainer.fromRecipe("models/en-3m/train.yaml");
 * const { path, heldOut } = await pretrainer.run({ minutes: 60 });
 */
export class Pretrainer {
  readonly recipe: PretrainRecipe;

  /** @param recipe with paths as they are seen from the working directory */
  constructor(recipe: PretrainRecipe) {
    this.recipe = checkRecipe(recipe);
  }

  /** From a YAML or JSON file. */
  static async fromRecipe(path: string): Promise<Pretrainer> {
    return new Pretrainer(await readRecipe(path));
  }

  get outputDir(): string {
    return resolve(this.recipe.outputDir ?? join("runs", this.recipe.id.replace(/[^\w.-]+/g, "-")));
  }

  /** Starts or continues the run; await the job for the result, iterate it for its events. */
  run(options: PretrainRunOptions = {}): Job<PretrainResult, PretrainEvent> {
    return new Job<PretrainResult, PretrainEvent>(
      async (context) => {
        return withFolderLock(this.outputDir, async () => {
          const run = await PretrainRun.prepare(this.recipe, this.outputDir, context);
          return run.execute(options.minutes);
        });
      },
      { kind: "pretrain", name: this.recipe.id, ...(options.signal ? { signal: options.signal } : {}) },
    );
  }
}
