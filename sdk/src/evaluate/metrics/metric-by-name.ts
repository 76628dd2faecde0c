import { GradlabError, nearestName } from "../../errors.js";
import { accuracy } from "./accuracy.js";
import { bitsPerByteStatistic } from "./bits-per-byte.js";
import { type BleuOptions, bleu, bleuStatistic } from "./bleu.js";
import {
  type BootstrapOptions,
  type Comparison,
  type Statistic,
  bootstrapScore,
  comparePaired,
} from "./bootstrap.js";
import { chrf, chrfStatistic } from "./chrf.js";
import { type LabelPair, type PositiveOption, classesOf, positiveClass } from "./confusion.js";
import { type ExactMatchOptions, exactMatch } from "./exact-match.js";
import { f1, f1ClassesStatistic, f1Macro, f1Statistic } from "./f1.js";
import { mcc, mccStatistic } from "./mcc.js";
import { perplexityStatistic } from "./perplexity.js";
import { precision } from "./precision.js";
import { recall } from "./recall.js";
import { type RougeOptions, type RougeType, rouge } from "./rouge.js";
import { type LikelihoodSample, type References, type TextSample, pairTexts } from "./sample.js";
import type { Score } from "./score.js";
import { sentenceBleu } from "./sentence-bleu.js";

/** Every option of every text metric; each metric takes those it knows. */
export type MetricOptions = BootstrapOptions &
  PositiveOption &
  ExactMatchOptions &
  Pick<RougeOptions, "stemmer" | "language"> &
  Pick<BleuOptions, "tokenizer" | "lowercase">;

/** A metric over predictions and reference texts. Metrics of classes take the text as the class's name. */
export interface TextMetric {
  readonly kind: "text";
  readonly name: string;
  readonly higherIsBetter: boolean;
  score(predictions: readonly string[], references: References, options?: MetricOptions): Score;
  /** Is A better than B on the same references? Paired bootstrap. */
  compare(
    a: readonly string[],
    b: readonly string[],
    references: References,
    options?: MetricOptions & { alpha?: number },
  ): Comparison;
}

/** A metric over what a model's likelihood said about texts. */
export interface LikelihoodMetric {
  readonly kind: "likelihood";
  readonly name: string;
  readonly higherIsBetter: boolean;
  score(samples: readonly LikelihoodSample[], options?: BootstrapOptions): Score;
  compare(
    a: readonly LikelihoodSample[],
    b: readonly LikelihoodSample[],
    options?: BootstrapOptions & { alpha?: number },
  ): Comparison;
}

export type Metric = TextMetric | LikelihoodMetric;

/**
 * Finds a metric by its name; `metricNames()` lists them.
 *
 * @throws E_METRIC for an unknown name, with the nearest known one
 * @example metricByName("rougeL").kind // "text"
 */
export function metricByName(name: string): Metric {
  const found = METRICS.get(name);
  if (found !== undefined) return found;
  const near = nearestName(name, metricNames());
  throw new GradlabError("E_METRIC", `There is no metric named "${name}".`, {
    hint: `${near === undefined ? "" : `Did you mean "${near}"? `}Known: ${metricNames().join(", ")}.`,
    details: { name, nearest: near },
  });
}

/** The names `metricByName` knows. */
export function metricNames(): string[] {
  return [...METRICS.keys()];
}

type TextScore = (predictions: readonly string[], references: References, options: MetricOptions) => Score;
type MakeStatistic = (samples: readonly TextSample[], options: MetricOptions) => Statistic<TextSample>;

function textMetric(name: string, score: TextScore, statistic?: MakeStatistic): TextMetric {
  const make = statistic ?? meanStatistic(name, score);
  return {
    kind: "text",
    name,
    higherIsBetter: true,
    score: (predictions, references, options = {}) => score(predictions, references, options),
    compare: (a, b, references, options = {}) => {
      const [left, right] = [pairTexts(name, a, references), pairTexts(name, b, references)];
      return comparePaired(make([...left, ...right], options), left, right, options);
    },
  };
}

/** A metric that is a mean over samples, from its own score of a single sample. */
function meanStatistic(name: string, score: TextScore): MakeStatistic {
  return (_, options) => ({
    name,
    higherIsBetter: true,
    measure: ({ prediction, references }) => [score([prediction], [references], options).value, 1],
    value: ([sum = 0, n = 0]) => (n === 0 ? 0 : sum / n),
  });
}

function likelihoodMetric(statistic: Statistic<LikelihoodSample>): LikelihoodMetric {
  return {
    kind: "likelihood",
    name: statistic.name,
    higherIsBetter: statistic.higherIsBetter,
    score: (samples, options) => bootstrapScore(statistic, samples, options),
    compare: (a, b, options) => comparePaired(statistic, a, b, options),
  };
}

const labelPair = ({ prediction, references }: TextSample): LabelPair => ({
  predicted: prediction,
  actual: references[0],
});

/** Class metrics know one right label per sample. */
function labels(name: string, references: References): string[] {
  return references.map((given, i) => {
    if (typeof given === "string") return given;
    if (given.length === 1) return given[0];
    throw new GradlabError(
      "E_METRIC",
      `${name}: sample ${i} has ${given.length} labels; it needs exactly one.`,
    );
  });
}

function onLabels(
  statistic: (pairs: LabelPair[], options: MetricOptions) => Statistic<LabelPair>,
): MakeStatistic {
  return (samples, options) => {
    const inner = statistic(samples.map(labelPair), options);
    return { ...inner, measure: (sample) => inner.measure(labelPair(sample)) };
  };
}

/** A ratio of two of the four binary counts, e.g. tp / (tp + fp). */
function ratioStatistic(name: string, other: 1 | 2): MakeStatistic {
  return onLabels((pairs, options) => {
    const base = f1Statistic(positiveClass(name, pairs, options));
    return { ...base, name, value: (sum) => ratio(sum[0], sum[other]) };
  });
}

const ratio = (hits: number, others: number): number => (hits === 0 ? 0 : hits / (hits + others));

function bleuOptionsFor(references: References, options: MetricOptions): BleuOptions & BootstrapOptions {
  const { language = "en", ...rest } = options;
  const han = language === "auto" && references.flat().some((text) => /\p{Script=Han}/u.test(text));
  return { ...rest, tokenizer: options.tokenizer ?? (language === "zh" || han ? "zh" : "13a") };
}

const rougeMetric = (type: RougeType): TextMetric =>
  textMetric(type, (predictions, references, options) => rouge(type, predictions, references, options));

const METRICS = new Map<string, Metric>(
  [
    textMetric("accuracy", (p, r) => accuracy(p, labels("accuracy", r))),
    textMetric(
      "f1",
      (p, r, options) => f1(p, labels("f1", r), options),
      onLabels((pairs, options) => f1Statistic(positiveClass("f1", pairs, options))),
    ),
    ...(["macro", "micro", "weighted"] as const).map((average) =>
      textMetric(
        `f1_${average}`,
        (p, r, options) => f1Macro(p, labels(`f1_${average}`, r), { ...options, average }),
        onLabels((pairs) => f1ClassesStatistic(classesOf(pairs), average)),
      ),
    ),
    textMetric(
      "precision",
      (p, r, options) => precision(p, labels("precision", r), options),
      ratioStatistic("precision", 1),
    ),
    textMetric(
      "recall",
      (p, r, options) => recall(p, labels("recall", r), options),
      ratioStatistic("recall", 2),
    ),
    textMetric(
      "mcc",
      (p, r, options) => mcc(p, labels("mcc", r), options),
      onLabels((pairs) => mccStatistic(classesOf(pairs))),
    ),
    textMetric("exact_match", exactMatch),
    textMetric(
      "bleu",
      (p, r, options) => bleu(p, r, bleuOptionsFor(r, options)),
      (samples, options) =>
        bleuStatistic(
          bleuOptionsFor(
            samples.map((s) => s.references),
            options,
          ),
        ),
    ),
    textMetric("sentence_bleu", (p, r, options) => sentenceBleu(p, r, bleuOptionsFor(r, options))),
    textMetric("chrf", chrf, (_, options) => chrfStatistic(options)),
    textMetric(
      "chrf++",
      (p, r, options) => chrf(p, r, { ...options, wordOrder: 2 }),
      (_, options) => chrfStatistic({ ...options, wordOrder: 2 }),
    ),
    ...(["rouge1", "rouge2", "rougeL", "rougeLsum"] as const).map(rougeMetric),
    likelihoodMetric(perplexityStatistic("perplexity", "tokens")),
    likelihoodMetric(perplexityStatistic("word_perplexity", "words")),
    likelihoodMetric(bitsPerByteStatistic),
  ].map((metric) => [metric.name, metric]),
);
