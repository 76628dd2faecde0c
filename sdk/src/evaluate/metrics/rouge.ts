import { commonNgrams, countNgrams, ngramTotal } from "./ngrams.js";
import { porterStem } from "./porter.js";
import { type References, pairTexts } from "./sample.js";
import { type Score, meanScore } from "./score.js";

export type RougeType = "rouge1" | "rouge2" | "rougeL" | "rougeLsum";

export interface RougeOptions {
  /** Compare words longer than three letters by their Porter stem; default false. */
  readonly stemmer?: boolean;
  /**
   * "en" (default) is rouge-score's: runs of a–z and 0–9. It finds no words in Chinese; "zh" adds every Han
   * character as a word, and "auto" does so where a reference has Han characters.
   */
  readonly language?: "en" | "zh" | "auto";
}

export interface RougeParts {
  readonly precision: number;
  readonly recall: number;
  readonly fmeasure: number;
}

/**
 * ROUGE in [0, 1]: the mean over samples of the F-measure of what prediction and reference share.
 *
 * rouge1, rouge2: n-grams. rougeL: longest common subsequence. rougeLsum: the same per line, with union.
 * F = 2PR/(P + R). Of several references the best counts. Interval by normal theory over samples.
 *
 * Source: C.-Y. Lin, ROUGE (2004); google-research rouge-score 0.1 (same numbers).
 *
 * @throws E_METRIC when the counts differ or a sample has no reference, E_DATA_EMPTY without samples
 * @example rouge("rougeL", ["testing two"], ["testing one two"]).value // 0.8
 */
export function rouge(
  type: RougeType,
  predictions: readonly string[],
  references: References,
  options: RougeOptions = {},
): Score {
  const samples = pairTexts(type, predictions, references);
  return meanScore(
    samples.map(({ prediction, references: truths }) =>
      Math.max(...truths.map((truth) => rougeParts(type, prediction, truth, options).fmeasure)),
    ),
  );
}

/**
 * Precision, recall and F-measure of one prediction.
 *
 * @example rougeParts("rouge1", "testing", "testing one two") // { precision: 1, recall: 1/3, fmeasure: 0.5 }
 */
export function rougeParts(
  type: RougeType,
  prediction: string,
  reference: string,
  options: RougeOptions = {},
): RougeParts {
  const words = (text: string): string[] =>
    rougeWords(text, { ...options, language: languageOf(reference, options) });
  if (type === "rougeLsum")
    return summaryParts(linesOf(prediction).map(words), linesOf(reference).map(words));
  const [guess, truth] = [words(prediction), words(reference)];
  if (type === "rougeL") return partsOf(commonIndices(truth, guess).length, guess.length, truth.length);
  const n = type === "rouge1" ? 1 : 2;
  const common = commonNgrams(countNgrams(truth, n), countNgrams(guess, n));
  return partsOf(common, ngramTotal(guess.length, n), ngramTotal(truth.length, n));
}

/**
 * ROUGE's words: lower case, runs of ASCII letters and digits, stemmed on request.
 *
 * @example rougeWords("Police killed the gunman.", { stemmer: true }) // ["polic", "kill", "the", "gunman"]
 */
export function rougeWords(text: string, options: RougeOptions = {}): string[] {
  const pattern = languageOf(text, options) === "zh" ? /[a-z0-9]+|\p{Script=Han}/gu : /[a-z0-9]+/g;
  const words: string[] = text.toLowerCase().match(pattern) ?? [];
  return options.stemmer === true ? words.map((word) => (word.length > 3 ? porterStem(word) : word)) : words;
}

function languageOf(text: string, { language = "en" }: RougeOptions): "en" | "zh" {
  return language === "auto" ? (/\p{Script=Han}/u.test(text) ? "zh" : "en") : language;
}

function partsOf(hits: number, guessed: number, wanted: number): RougeParts {
  const precision = hits / Math.max(guessed, 1);
  const recall = hits / Math.max(wanted, 1);
  const fmeasure = hits === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, fmeasure };
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** Lin's summary-level LCS: the union of each reference line's subsequences; no word is counted twice. */
function summaryParts(guess: readonly string[][], truth: readonly string[][]): RougeParts {
  const left = { guess: countNgrams(guess.flat(), 1), truth: countNgrams(truth.flat(), 1) };
  let hits = 0;
  for (const line of truth) {
    const union = new Set(guess.flatMap((candidate) => commonIndices(line, candidate)));
    for (const index of [...union].sort((a, b) => a - b)) {
      const word = line[index];
      const [inGuess, inTruth] = [left.guess.get(word) ?? 0, left.truth.get(word) ?? 0];
      if (inGuess === 0 || inTruth === 0) continue;
      left.guess.set(word, inGuess - 1);
      left.truth.set(word, inTruth - 1);
      hits++;
    }
  }
  return partsOf(hits, guess.flat().length, truth.flat().length);
}

/** The places in `a` of a longest common subsequence of a and b: O(|a|·|b|) time and memory. */
function commonIndices(a: readonly string[], b: readonly string[]): number[] {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => table[i * width + j];
  for (let i = 1; i <= a.length; i++)
    for (let j = 1; j <= b.length; j++)
      table[i * width + j] =
        a[i - 1] === b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1));
  const indices: number[] = [];
  for (let i = a.length, j = b.length; i > 0 && j > 0;) {
    if (a[i - 1] === b[j - 1]) {
      indices.push(--i);
      j--;
    } else if (at(i, j - 1) > at(i - 1, j)) j--;
    else i--;
  }
  return indices.reverse();
}
