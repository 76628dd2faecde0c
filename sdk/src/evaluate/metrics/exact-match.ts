import { type References, pairTexts } from "./sample.js";
import { type Score, proportionScore } from "./score.js";

export interface ExactMatchOptions {
  /** "none" (default) compares as is; "squad" compares after SQuAD's normalisation; "trim" ignores outer whitespace. */
  readonly normalize?: "none" | "trim" | "squad";
}

/**
 * Exact match: the share of predictions equal to one of their references, in [0, 1], with Wilson's interval.
 *
 * Source: P. Rajpurkar et al., SQuAD (2016), and its evaluation script for the normalisation.
 *
 * @throws E_METRIC when the counts differ or a sample has no reference, E_DATA_EMPTY without samples
 * @example exactMatch(["The Denver Broncos!"], ["denver broncos"], { normalize: "squad" }).value // 1
 */
export function exactMatch(
  predictions: readonly string[],
  references: References,
  options: ExactMatchOptions = {},
): Score {
  const clean = NORMALIZERS[options.normalize ?? "none"];
  const samples = pairTexts("exact_match", predictions, references);
  const right = samples.filter((s) => s.references.some((r) => clean(r) === clean(s.prediction))).length;
  return proportionScore(right, samples.length);
}

/**
 * SQuAD's answer normalisation: lower case, no ASCII punctuation, no English articles, single spaces.
 *
 * @example normalizeSquad("The  U.S. army") // "us army"
 */
export function normalizeSquad(text: string): string {
  const bare = text.toLowerCase().replace(/[!-/:-@[-`{-~]/g, "");
  return bare
    .replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, " ")
    .split(/\s+/)
    .filter((word) => word !== "")
    .join(" ");
}

const NORMALIZERS = {
  none: (text: string): string => text,
  trim: (text: string): string => text.trim(),
  squad: normalizeSquad,
};
