import { type BootstrapOptions, type Statistic, bootstrapScore } from "./bootstrap.js";
import { splitWords } from "./bleu-tokenizer.js";
import { commonNgrams, countNgrams, ngramTotal } from "./ngrams.js";
import { type References, type TextSample, pairTexts } from "./sample.js";
import type { Score } from "./score.js";

export interface ChrfOptions {
  /** Longest character n-gram; default 6. */
  readonly charOrder?: number;
  /** Longest word n-gram; default 0 (chrF), 2 gives chrF++. */
  readonly wordOrder?: number;
  /** How much recall weighs; default 2. */
  readonly beta?: number;
  readonly lowercase?: boolean;
  /** Keep whitespace in character n-grams; default false. */
  readonly whitespace?: boolean;
  /** Average F over all orders, unfulfilled ones too (chrF++.py, NLTK); default false. */
  readonly epsSmoothing?: boolean;
}

const EPSILON = 1e-16;

/**
 * Corpus chrF in [0, 100], with sacreBLEU's defaults (chrF2: characters 1…6, β = 2, whitespace ignored).
 *
 * With P and R the mean n-gram precision and recall over the orders that both texts fill:
 * value = 100·(1 + β²)·P·R / (β²·P + R). Of several references the one with the best score counts.
 * It needs no word boundaries, and so suits Chinese. Uncertainty by seeded bootstrap over samples.
 *
 * Source: M. Popović, chrF (WMT 2015), chrF++ (WMT 2017); sacreBLEU 2.
 *
 * @throws E_METRIC when the counts differ or a sample has no reference, E_DATA_EMPTY without samples
 * @example chrf(["the cat sat"], ["the cat sat down"]).value // 66.02
 */
export function chrf(
  predictions: readonly string[],
  references: References,
  options: ChrfOptions & BootstrapOptions = {},
): Score {
  return bootstrapScore(chrfStatistic(options), pairTexts("chrf", predictions, references), options);
}

/** chrF as additive counts: predicted, reference and common n-grams of every order. */
export function chrfStatistic(options: ChrfOptions = {}): Statistic<TextSample> {
  const value = (sum: readonly number[]): number => fScore(sum, options);
  return {
    name: (options.wordOrder ?? 0) > 0 ? "chrf++" : "chrf",
    higherIsBetter: true,
    measure: ({ prediction, references }) => {
      const guess = unitsOf(prediction, options);
      const rows = references.map((reference) => countUnits(guess, unitsOf(reference, options)));
      return rows.reduce((best, row) => (value(row) > value(best) ? row : best));
    },
    value,
  };
}

/** The sequences whose n-grams are counted, one per order. */
function unitsOf(text: string, options: ChrfOptions): { units: string[]; n: number }[] {
  const { charOrder = 6, wordOrder = 0, whitespace = false, lowercase = false } = options;
  const line = lowercase ? text.toLowerCase() : text;
  const chars = Array.from(whitespace ? line : splitWords(line).join(""));
  const words = splitWords(line).flatMap(detachPunctuation);
  return [
    ...Array.from({ length: charOrder }, (_, i) => ({ units: chars, n: i + 1 })),
    ...Array.from({ length: wordOrder }, (_, i) => ({ units: words, n: i + 1 })),
  ];
}

/** One ASCII punctuation mark at the end of a word, or else at its start, becomes a word of its own. */
function detachPunctuation(word: string): string[] {
  if (Array.from(word).length === 1) return [word];
  if (/[!-/:-@[-`{-~]$/.test(word)) return [word.slice(0, -1), word.slice(-1)];
  if (/^[!-/:-@[-`{-~]/.test(word)) return [word.slice(0, 1), word.slice(1)];
  return [word];
}

type Units = readonly { units: readonly string[]; n: number }[];

function countUnits(guess: Units, truth: Units): number[] {
  return guess.flatMap(({ units, n }, order) => {
    const reference = truth[order].units;
    const total = ngramTotal(reference.length, n);
    const common = commonNgrams(countNgrams(units, n), countNgrams(reference, n));
    return [total === 0 ? 0 : ngramTotal(units.length, n), total, common];
  });
}

function fScore(sum: readonly number[], options: ChrfOptions): number {
  const factor = (options.beta ?? 2) ** 2;
  const orders = Array.from({ length: sum.length / 3 }, (_, i) => sum.slice(3 * i, 3 * i + 3));
  const harmonic = (p: number, r: number): number =>
    factor * p + r > 0 ? ((1 + factor) * p * r) / (factor * p + r) : 0;
  if (options.epsSmoothing === true) {
    const part = (hits: number, all: number): number => (all > 0 ? hits / all : EPSILON);
    const scores = orders.map(([h = 0, r = 0, m = 0]) => harmonic(part(m, h), part(m, r)));
    return (100 * scores.reduce((a, b) => a + b, 0)) / orders.length;
  }
  const filled = orders.filter(([h = 0, r = 0]) => h > 0 && r > 0);
  if (filled.length === 0) return 0;
  const mean = (over: 0 | 1): number =>
    filled.reduce((all, row) => all + row[2] / row[over], 0) / filled.length;
  return 100 * harmonic(mean(0), mean(1));
}
