import type { Row } from "../data/index.js";
import { GradlabError } from "../errors.js";
import { bitsPer, perplexityOf, type LanguageModel } from "../models/index.js";
import type { EvalSample } from "./events.js";
import { chooseLabels, rateRows, writeAnswers, type Stage } from "./evidence.js";
import type { LikelihoodMetric, LikelihoodSample, Metric, MetricOptions, Score } from "./metrics/index.js";
import { completionOf, evidenceOf, type EvaluatorOptions, type Scoring } from "./options.js";

/** Everything a metric needs about one model on the rows. */
export async function collectSamples(
  model: LanguageModel,
  rows: readonly Row[],
  metrics: readonly Metric[],
  options: EvaluatorOptions,
  stage: Stage,
): Promise<EvalSample[]> {
  const needs = new Set(metrics.map((metric) => evidenceOf(metric, options.scoring ?? "loglikelihood")));
  const rated = needs.has("likelihood") ? await rateRows(model, rows, options, stage) : [];
  const choices = needs.has("choice") ? await chooseLabels(model, rows, options, stage) : [];
  const answers = needs.has("answer") ? await writeAnswers(model, rows, options, stage) : [];
  const samples = rows.map((row, i): EvalSample => {
    const reference = completionOf(row);
    const said = choices[i] ?? answers[i]?.text;
    return {
      id: String(i),
      input: inputOf(row),
      ...(answers[i] ? { output: answers[i].text, ms: answers[i].ms } : {}),
      ...(choices[i] === undefined ? {} : { choice: choices[i] }),
      ...(reference === undefined ? {} : { reference }),
      ...(said === undefined || reference === undefined ? {} : { correct: said.trim() === reference.trim() }),
      ...rated[i],
    };
  });
  const empty = needs.has("likelihood") ? samples.filter(({ tokens }) => tokens === undefined).length : 0;
  if (empty > 0) {
    stage.emit({
      type: "warning",
      code: "W_ROWS_DROPPED",
      message: `${empty} of ${rows.length} rows have no token to predict and do not count in likelihoods.`,
      hint: "Remove empty rows.",
    });
  }
  return samples;
}

const inputOf = (row: Row): string =>
  "text" in row
    ? row.text
    : "prompt" in row
      ? row.prompt
      : row.messages.map(({ role, content }) => `${role}: ${content}`).join("\n");

/** The scores of one model's samples. */
export function scoreSamples(
  samples: readonly EvalSample[],
  metrics: readonly Metric[],
  { metricOptions = {}, scoring = "loglikelihood", seed = 42 }: EvaluatorOptions,
): Record<string, Score> {
  const options: MetricOptions = { normalize: "trim", seed, ...metricOptions };
  const scores = metrics.map((metric): [string, Score] => {
    if (metric.kind === "likelihood") return [metric.name, likelihoodScore(metric, samples, options)];
    const { predictions, references } = answersOf(metric, samples, scoring);
    return [metric.name, metric.score(predictions, references, options)];
  });
  return Object.fromEntries(scores);
}

/** Predictions and references as a text metric takes them; labels are compared without outer white space. */
export function answersOf(
  metric: Metric,
  samples: readonly EvalSample[],
  scoring: Scoring,
): { predictions: string[]; references: string[] } {
  const evidence = evidenceOf(metric, scoring);
  const labels = evidenceOf(metric, "loglikelihood") === "choice";
  const clean = (text = ""): string => (labels ? text.trim() : text);
  return {
    predictions: samples.map(({ choice, output }) => clean(evidence === "choice" ? choice : output)),
    references: samples.map(({ reference }) => clean(reference)),
  };
}

/** The likelihoods of the rows that have one. @throws E_DATA_EMPTY when none has */
export function likelihoodsOf(samples: readonly EvalSample[]): LikelihoodSample[] {
  const rated = samples.filter(
    (sample): sample is EvalSample & LikelihoodSample => sample.tokens !== undefined,
  );
  if (rated.length > 0) return rated;
  throw new GradlabError("E_DATA_EMPTY", "No row has a token to predict.", {
    hint: "A row needs at least two tokens, one of them to be predicted.",
  });
}

/** The known likelihood metrics are ratios of sums over documents: their intervals come from the delta method. */
function likelihoodScore(
  metric: LikelihoodMetric,
  samples: readonly EvalSample[],
  options: MetricOptions,
): Score {
  const rated = likelihoodsOf(samples);
  if (metric.name === "perplexity") return perplexityOf(rated);
  if (metric.name === "word_perplexity") {
    return perplexityOf(rated.map(({ nats, words = 0 }) => ({ nats, tokens: words })));
  }
  if (metric.name === "bits_per_byte")
    return bitsPer(rated.map(({ nats, bytes = 0 }) => ({ nats, units: bytes })));
  return metric.score(rated, options);
}
