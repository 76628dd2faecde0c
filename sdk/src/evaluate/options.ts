import type { DatasetRef, ReadOptions, Row } from "../data/index.js";
import { GradlabError } from "../errors.js";
import {
  checkNamed,
  NAMED_MODEL_OPTIONS,
  type LanguageModel,
  type NamedModelOptions,
} from "../models/index.js";
import { metricByName, type Metric, type MetricOptions } from "./metrics/index.js";

/** A model folder, the id of a shipped model, or a live model. */
export type EvaluatedModel = string | LanguageModel;

/**
 * How labels are predicted: the candidate completion that the model finds most likely ("loglikelihood"), the same per
 * byte ("loglikelihood_norm"), or the text it writes ("generate").
 */
export type Scoring = "loglikelihood" | "loglikelihood_norm" | "generate";

/** `weights` and `revision` are for every model that is given by its name. */
export interface EvaluatorOptions extends NamedModelOptions {
  /** One model, or several to set side by side. */
  readonly model: EvaluatedModel | readonly EvaluatedModel[];
  /** Rows {"text"}, {"prompt","completion"} or {"messages"}. */
  readonly data: DatasetRef;
  /** Names (`metricNames()` lists them), or metrics of your own. Default ["perplexity"]. */
  readonly metrics?: readonly (string | Metric)[];
  /** Rows used, from the first on. Default all. */
  readonly limit?: number;
  /** Rows in a run. Default: by the size of the logits; 8 for generation. */
  readonly batchSize?: number;
  /** Tokens a generated answer may have. Default 64. */
  readonly maxNewTokens?: number;
  /** For accuracy, f1…, precision, recall and mcc. Default "loglikelihood". */
  readonly scoring?: Scoring;
  /** Candidate completions. Default: the distinct completions in the data. */
  readonly labels?: readonly string[];
  /** Renames the data's fields. */
  readonly fields?: ReadOptions["fields"];
  /** Options of the metrics, such as `positive` for f1. */
  readonly metricOptions?: MetricOptions;
  /** Decides resampling. Default 42. */
  readonly seed?: number;
}

export type EvaluationGate = Readonly<Record<string, `${">=" | "<=" | ">" | "<"}${number}`>>;

const KNOWN = [
  "model",
  "data",
  "metrics",
  "limit",
  "batchSize",
  "maxNewTokens",
  "scoring",
  "labels",
  "fields",
  "metricOptions",
  "seed",
  ...NAMED_MODEL_OPTIONS,
];
const SCORINGS: readonly Scoring[] = ["loglikelihood", "loglikelihood_norm", "generate"];

/** Metrics over labels, which need not be generated. */
const LABEL_METRICS: ReadonlySet<string> = new Set([
  "accuracy",
  "f1",
  "f1_macro",
  "f1_micro",
  "f1_weighted",
  "precision",
  "recall",
  "mcc",
]);

/** What a metric has to be told about each row. */
export type Evidence = "likelihood" | "choice" | "answer";

export function evidenceOf(metric: Metric, scoring: Scoring): Evidence {
  if (metric.kind === "likelihood") return "likelihood";
  return LABEL_METRICS.has(metric.name) && scoring !== "generate" ? "choice" : "answer";
}

/** @throws E_CONFIG naming the option */
export function checkEvaluator(options: EvaluatorOptions): void {
  const refuse = (sentence: string, hint: string): never => {
    throw new GradlabError("E_CONFIG", sentence, { hint });
  };
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) refuse(`Evaluator has no option "${unknown}".`, `Options: ${KNOWN.join(", ")}.`);
  if (!options.model || modelsOf(options).length === 0)
    refuse("Evaluator needs a model.", "Give a folder or a model.");
  if (options.data === undefined) refuse("Evaluator needs data.", "Give a file of rows, or rows.");
  checkNamed(options);
  const { scoring = "loglikelihood" } = options;
  if (!SCORINGS.includes(scoring))
    refuse(`scoring "${scoring}" is unknown.`, `One of ${SCORINGS.join(", ")}.`);
  for (const name of ["limit", "batchSize", "maxNewTokens"] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
      refuse(`${name} ${value} is not a positive integer.`, "Leave it out for the default.");
    }
  }
  if (options.metrics?.length === 0) refuse("metrics is empty.", 'Name one, such as "perplexity".');
}

export const modelsOf = ({ model }: EvaluatorOptions): readonly EvaluatedModel[] =>
  Array.isArray(model) ? (model as readonly EvaluatedModel[]) : [model as EvaluatedModel];

/** The metrics asked for. @throws E_METRIC for an unknown name, with the nearest known one */
export const metricsOf = ({ metrics = ["perplexity"] }: EvaluatorOptions): Metric[] =>
  metrics.map((metric) => (typeof metric === "string" ? metricByName(metric) : metric));

/** @throws E_DATA_FORMAT when a metric compares with a completion that the rows do not have */
export function checkFit(metrics: readonly Metric[], rows: readonly Row[]): void {
  const metric = metrics.find(({ kind }) => kind === "text");
  const at = rows.findIndex((row) => "text" in row || completionOf(row) === undefined);
  if (metric === undefined || at < 0) return;
  const has = "text" in rows[at] ? '{"text"}' : "no assistant turn";
  throw new GradlabError(
    "E_DATA_FORMAT",
    `${metric.name} compares an answer with a reference; row ${at} has ${has}, so there is neither.`,
    {
      hint: 'Give {"prompt","completion"} or {"messages"} rows, or use perplexity or bits_per_byte.',
      where: `rows[${at}]`,
    },
  );
}

/** The reference answer of a row: its completion, or its last assistant turn. */
export function completionOf(row: Row): string | undefined {
  if ("text" in row) return undefined;
  if ("completion" in row) return row.completion;
  return row.messages.findLast(({ role }) => role === "assistant")?.content;
}
