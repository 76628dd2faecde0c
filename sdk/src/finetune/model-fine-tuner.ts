import { makeFolder, readJson } from "../artifacts/index.js";
import type { DatasetRef } from "../data/index.js";
import { GradlabError } from "../errors.js";
import { Job } from "../job/index.js";
import { proxyWarnings } from "../models/index.js";
import type {
  AdapterOptions,
  AdapterType,
  FineTunerOptions,
  Objective,
  RunOptions,
  TrainEvent,
  TrainPlan,
} from "./options.js";
import type { FineTuneResult } from "./result.js";
import { Run, setUp } from "./run.js";
import { checkOptions, checkRun } from "./validate.js";

/**
 * Fine-tunes a language model on text.
 *
 * One object, used at four levels: constructor and `run`; chained methods; the same as plain JSON
 * (`fromConfig`, `toConfig`); and below it the tensors (`TrainStep`, `AdamW`, `compile`).
 *
 * @throws E_CONFIG (with the nearest known name) for an unknown option; run() fails with E_DATA_FORMAT at
 *   file:line:column, E_DATA_EMPTY, E_ALL_LABELS_MASKED, E_TARGET_MODULES, E_WEIGHTS_UNAVAILABLE,
 *   E_MODEL_NOT_FOUND, E_CHECKPOINT_MISMATCH, E_NAN_LOSS, E_CANCELLED
 * @example
 * const result = await new ModelFineTuner({
 *   baseModel: "gradlab/en-3m",
 *   adapterType: "lora",
 *   trainingData: "datasets/medical-glosses/train.jsonl",
 * }).run({ epochs: 3, batchSize: 16 });
 */
export class ModelFineTuner<A extends AdapterType = "lora"> {
  #options: FineTunerOptions<A>;
  #run: RunOptions = {};

  constructor(options: FineTunerOptions<A>) {
    checkOptions(options);
    this.#options = { ...options };
  }

  /** From the object `toConfig` gives, or a JSON file that holds it. */
  static async fromConfig(config: string | object): Promise<ModelFineTuner<AdapterType>> {
    const json = typeof config === "string" ? await readJson(config) : config;
    const { run, ...options } = json as FineTunerOptions<AdapterType> & { run?: RunOptions };
    return new ModelFineTuner<AdapterType>(options).with(run ?? {});
  }

  adapter<B extends AdapterType>(type: B, options?: AdapterOptions[B]): ModelFineTuner<B> {
    const { adapterType: _type, adapter: _adapter, ...rest } = this.#options;
    const next = new ModelFineTuner<B>({
      ...rest,
      adapterType: type,
      ...(options ? { adapter: options } : {}),
    });
    return next.with(this.#run);
  }

  data(trainingData: DatasetRef, evalData?: FineTunerOptions["evalData"]): this {
    this.#options = { ...this.#options, trainingData, ...(evalData === undefined ? {} : { evalData }) };
    return this;
  }

  objective(task: Objective): this {
    this.#options = { ...this.#options, task };
    return this;
  }

  /** Run options used by `plan` and `run` unless these are given others. */
  with(run: RunOptions): this {
    checkRun(run);
    this.#run = { ...this.#run, ...run };
    return this;
  }

  /** What a run would do: sizes, memory, decoded rows with the loss mask. Writes nothing. */
  async plan(run: RunOptions = {}): Promise<TrainPlan> {
    checkRun(run);
    return (await setUp(this.#options, { ...this.#run, ...run })).plan;
  }

  /** Starts the run; await the job for the result, iterate it for its events. */
  run(run: RunOptions = {}): Job<FineTuneResult, TrainEvent> {
    checkRun(run);
    const merged = { ...this.#run, ...run };
    const options = this.#options;
    return new Job<FineTuneResult, TrainEvent>(
      async (context) => {
        const setup = await setUp(options, merged);
        if (setup.plan.model.substituted) proxyWarnings(setup.prepared.model).forEach(context.emit);
        const outputDir =
          options.outputDir ?? defaultFolder(setup.plan.model.id, options.adapterType ?? "lora");
        await makeFolder(outputDir);
        return new Run(options, merged, setup, context, outputDir).execute();
      },
      {
        kind: "fine-tune",
        name: typeof options.baseModel === "string" ? options.baseModel : options.baseModel.id,
        ...(merged.signal ? { signal: merged.signal } : {}),
      },
    );
  }

  /** The same object as plain JSON. @throws E_CONFIG when model or data live in memory only */
  toConfig(): object {
    const { baseModel, trainingData } = this.#options;
    if (typeof baseModel !== "string" || typeof trainingData !== "string") {
      throw new GradlabError("E_CONFIG", "A model or rows in memory cannot be written to a config.", {
        hint: "Give paths instead.",
      });
    }
    const { signal: _signal, ...run } = this.#run;
    return { ...this.#options, run };
  }
}

const defaultFolder = (id: string, adapter: AdapterType): string =>
  `runs/${id.replace(/[^\w.@-]+/g, "-")}-${adapter}`;
