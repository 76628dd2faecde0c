import { readJson } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { Job } from "../job/index.js";
import type { EvalEvent } from "./events.js";
import { checkGate, type GateOptions } from "./gate.js";
import {
  metricByName,
  metricNames,
  type Metric,
  type MetricOptions,
  type References,
  type Score,
} from "./metrics/index.js";
import {
  checkEvaluator,
  metricsOf,
  modelsOf,
  type EvaluationGate,
  type EvaluatorOptions,
} from "./options.js";
import type { EvalReport } from "./report.js";
import { evaluateAll } from "./run.js";

/**
 * Scores models on data, every score with its uncertainty.
 *
 * Perplexity and bits per byte come from the log-likelihood of the tokens that training would learn; text metrics from
 * greedy answers to the prompts; accuracy, f1… from the candidate completion the model finds most likely.
 *
 * @throws E_CONFIG for options that do not exist or do not fit; E_METRIC for an unknown metric, with the nearest one
 * @example
 * const report = await new Evaluator({ model: "gradlab/en-3m", data: "held-out.jsonl", metrics: ["perplexity", "rougeL"] }).run();
 * report.scores["gradlab/en-3m"].perplexity.ci95; // [21.3, 22.9]
 */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  #metrics: readonly Metric[];
  #gate: EvaluationGate = {};
  #onFail: "throw" | "warn" = "throw";

  constructor(options: EvaluatorOptions) {
    checkEvaluator(options);
    this.#options = options;
    this.#metrics = metricsOf(options);
  }

  /** Scores texts without a model. @throws E_METRIC @example Evaluator.score("exact_match", ["4"], ["4"]).value // 1 */
  static score(
    name: string,
    predictions: readonly string[],
    references: References,
    options: MetricOptions = {},
  ): Score {
    const metric = metricByName(name);
    if (metric.kind === "text") return metric.score(predictions, references, options);
    throw new GradlabError("E_METRIC", `${name} needs a model's likelihoods, not texts.`, {
      hint: "Use new Evaluator({ model, data, metrics }).",
    });
  }

  /** From the object `toConfig` gives, or a JSON file that holds it. */
  static async fromConfig(config: string | object): Promise<Evaluator> {
    const json = typeof config === "string" ? await readJson(config) : config;
    const { gate = {}, ...options } = json as EvaluatorOptions & { gate?: EvaluationGate };
    return new Evaluator(options).gate(gate);
  }

  /** The same object as plain JSON. @throws E_CONFIG when it holds models, rows or metrics that live in memory only */
  toConfig(): object {
    const metrics = this.#metrics.map(({ name }) => name);
    const known = this.#metrics.every(
      (metric) => metricNames().includes(metric.name) && metricByName(metric.name) === metric,
    );
    if (
      known &&
      [...modelsOf(this.#options), this.#options.data].every((value) => typeof value === "string")
    ) {
      return structuredClone({ ...this.#options, metrics, gate: this.#gate });
    }
    throw new GradlabError("E_CONFIG", "Models, rows or metrics in memory cannot be written to a config.", {
      hint: "Give paths and names instead.",
    });
  }

  /** Measures one more thing. @throws E_METRIC */
  metric(metric: string | Metric): this {
    this.#metrics = [...this.#metrics, ...metricsOf({ ...this.#options, metrics: [metric] })];
    return this;
  }

  /**
   * What every model must reach.
   *
   * @throws E_CONFIG for a condition that cannot be read, or on a metric that is not measured
   * @example evaluator.gate({ accuracy: ">=0.8", perplexity: "<30" })
   */
  gate(conditions: EvaluationGate, { onFail = this.#onFail }: GateOptions = {}): this {
    const names = this.#metrics.map(({ name }) => name);
    checkGate(conditions, names);
    this.#gate = { ...this.#gate, ...conditions };
    this.#onFail = onFail;
    return this;
  }

  /**
   * @throws (from `await`) what `loadModel` and `readRows` throw; E_DATA_FORMAT when a metric needs completions that
   *   the rows do not have; E_TOKENIZER; E_QUALITY_GATE with the report in `details`; E_CANCELLED
   */
  run(): Job<EvalReport, EvalEvent> {
    const task = { options: this.#options, metrics: this.#metrics, gate: this.#gate, onFail: this.#onFail };
    const name = modelsOf(this.#options)
      .map((model) => (typeof model === "string" ? model : model.id))
      .join(", ");
    return new Job<EvalReport, EvalEvent>((context) => evaluateAll(task, context), {
      kind: "evaluate",
      name,
    });
  }
}
