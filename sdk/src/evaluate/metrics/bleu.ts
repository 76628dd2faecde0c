import { type BleuTokenizer, bleuWords } from "./bleu-tokenizer.js";
import { type BootstrapOptions, type Statistic, bootstrapScore } from "./bootstrap.js";
import { countNgrams, ngramTotal } from "./ngrams.js";
import { type References, type TextSample, pairTexts } from "./sample.js";
import type { Score } from "./score.js";

export interface BleuOptions {
  /** Default "13a"; "zh" for Chinese. */
  readonly tokenizer?: BleuTokenizer;
  readonly lowercase?: boolean;
  /** What stands in for an order without matches; default "exp" (NIST's). */
  readonly smooth?: "exp" | "floor" | "add-k" | "none";
  /** The constant of "floor" (default 0.1) and "add-k" (default 1). */
  readonly smoothValue?: number;
  /** Leave out the orders the text is too short for; default false for a corpus, true for a sentence. */
  readonly effectiveOrder?: boolean;
}

/** A BLEU score with its parts and a signature that says how it was computed. */
export interface BleuScore extends Score {
  /** Modified n-gram precisions in percent, order 1 to 4, smoothed. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  readonly predictionLength: number;
  readonly referenceLength: number;
  /** sacreBLEU's signature, e.g. "nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a|smooth:exp|version:gradlab". */
  readonly signature: string;
}

const ORDER = 4;

/**
 * Corpus BLEU in [0, 100], with sacreBLEU's defaults.
 *
 * value = BP · exp(¼ Σₙ ln pₙ) · 100 with pₙ the clipped n-gram precision over the whole corpus (n = 1…4) and
 * BP = min(1, exp(1 − r/c)), c the predictions' length, r the sum of the closest reference lengths.
 * 0 when nothing matches. Uncertainty by seeded bootstrap over samples.
 *
 * Source: K. Papineni et al., BLEU (ACL 2002); M. Post, A Call for Clarity in Reporting BLEU Scores (2018).
 *
 * @throws E_METRIC when the counts differ or a sample has no reference, E_DATA_EMPTY without samples
 * @example bleu(["The dog bit the man."], [["The dog bit the man.", "The dog had bit the man."]]).value // 100
 */
export function bleu(
  predictions: readonly string[],
  references: References,
  options: BleuOptions & BootstrapOptions = {},
): BleuScore {
  const samples = pairTexts("bleu", predictions, references);
  const statistic = bleuStatistic(options);
  const sum = samples.map((sample) => statistic.measure(sample)).reduce((a, b) => a.map((x, i) => x + b[i]));
  const parts = bleuParts(sum, options);
  return {
    ...bootstrapScore(statistic, samples, options),
    precisions: parts.precisions,
    brevityPenalty: parts.brevityPenalty,
    predictionLength: sum[0],
    referenceLength: sum[1],
    signature: signatureOf(samples, options),
  };
}

/** BLEU as additive counts: predicted length, reference length, 4 matches, 4 totals. */
export function bleuStatistic(options: BleuOptions = {}): Statistic<TextSample> {
  return {
    name: "bleu",
    higherIsBetter: true,
    measure: (sample) => countSample(sample, options),
    value: (sum) => bleuParts(sum, options).value,
  };
}

function countSample({ prediction, references }: TextSample, options: BleuOptions): number[] {
  const words = (text: string): string[] =>
    bleuWords(options.lowercase === true ? text.toLowerCase() : text, options.tokenizer);
  const guess = words(prediction);
  const truths = references.map(words);
  const matches = Array.from({ length: ORDER }, (_, i) => {
    const allowed = truths.map((truth) => countNgrams(truth, i + 1));
    let hits = 0;
    for (const [gram, count] of countNgrams(guess, i + 1))
      hits += Math.min(count, Math.max(...allowed.map((counts) => counts.get(gram) ?? 0)));
    return hits;
  });
  const totals = Array.from({ length: ORDER }, (_, i) => ngramTotal(guess.length, i + 1));
  return [guess.length, closestLength(guess.length, truths), ...matches, ...totals];
}

/** The reference length nearest to the prediction's; the shorter one of two equally near. */
function closestLength(length: number, truths: readonly (readonly string[])[]): number {
  const lengths = truths.map((truth) => truth.length);
  return lengths.reduce((best, next) => {
    const [a, b] = [Math.abs(best - length), Math.abs(next - length)];
    return b < a || (b === a && next < best) ? next : best;
  });
}

function bleuParts(
  sum: readonly number[],
  options: BleuOptions,
): { value: number; precisions: number[]; brevityPenalty: number } {
  const [c = 0, r = 0] = sum;
  const brevityPenalty = c >= r ? 1 : c === 0 ? 0 : Math.exp(1 - r / c);
  const { precisions, order } = smoothed(sum.slice(2, 2 + ORDER), sum.slice(2 + ORDER), options);
  const used = precisions.slice(0, order);
  const value = used.some((p) => p === 0)
    ? 0
    : brevityPenalty * Math.exp(used.reduce((log, p) => log + Math.log(p), 0) / order);
  return { value, precisions, brevityPenalty };
}

function smoothed(
  matches: readonly number[],
  totals: readonly number[],
  options: BleuOptions,
): { precisions: number[]; order: number } {
  const { smooth = "exp", effectiveOrder = false } = options;
  const constant = options.smoothValue ?? (smooth === "add-k" ? 1 : 0.1);
  const precisions = Array.from({ length: ORDER }, () => 0);
  if (!matches.some((count) => count > 0)) return { precisions, order: ORDER };
  let order = ORDER;
  let halvings = 1;
  for (let i = 0; i < ORDER; i++) {
    const extra = smooth === "add-k" && i > 0 ? constant : 0;
    const [match, total] = [matches[i] + extra, totals[i] + extra];
    if (total === 0) break;
    if (effectiveOrder) order = i + 1;
    if (match > 0) precisions[i] = (100 * match) / total;
    else if (smooth === "exp") precisions[i] = 100 / ((halvings *= 2) * total);
    else if (smooth === "floor") precisions[i] = (100 * constant) / total;
  }
  return { precisions, order };
}

function signatureOf(samples: readonly TextSample[], options: BleuOptions & BootstrapOptions): string {
  const counts = new Set(samples.map(({ references }) => references.length));
  const smooth = options.smooth ?? "exp";
  const constant =
    smooth === "floor" || smooth === "add-k"
      ? `[${(options.smoothValue ?? (smooth === "add-k" ? 1 : 0.1)).toFixed(2)}]`
      : "";
  return [
    `nrefs:${counts.size === 1 ? [...counts].join("") : "var"}`,
    `bs:${options.resamples ?? 1000}`,
    `seed:${options.seed ?? 12345}`,
    `case:${options.lowercase === true ? "lc" : "mixed"}`,
    `eff:${options.effectiveOrder === true ? "yes" : "no"}`,
    `tok:${options.tokenizer ?? "13a"}`,
    `smooth:${smooth}${constant}`,
    "version:gradlab",
  ].join("|");
}
