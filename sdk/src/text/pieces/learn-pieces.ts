import { Lattice } from "./lattice.js";
import { prunePieces } from "./prune-pieces.js";
import { seedPieces } from "./seed-pieces.js";

/** Pieces with scores, ln of their probabilities; the first stands for characters that are none. */
export interface Pieces {
  readonly texts: readonly string[];
  readonly scores: Float64Array;
}

export interface PieceOptions {
  /** Pieces to learn. */
  readonly size: number;
  readonly seedSize: number;
  /** Characters of a piece at most. */
  readonly longest: number;
  /** The share of the pieces that each pruning leaves. */
  readonly shrinkingFactor: number;
  /** Steps of expectation and maximization before each pruning. */
  readonly subIterations: number;
}

/** What an unknown character costs beyond the least likely piece. */
const UNKNOWN_PENALTY = 10;
/** Pieces expected less often are dropped. */
const LEAST_EXPECTED = 0.5;
/** Pruning stops a little above the size, and the last pieces go by their loss. */
const SURPLUS = 1.1;

/**
 * Learns pieces and their scores from words with counts: many pieces at first, whose probabilities are found by expectation and
 * maximization, and of which the least useful are left out until `size` are left. All characters of the words stay.
 *
 * @returns pieces, the likeliest first
 * @source Kudo 2018; Hugging Face tokenizers, models/unigram/trainer.rs
 */
export function learnPieces(
  words: ReadonlyMap<string, number>,
  { size, seedSize, longest, shrinkingFactor, subIterations }: PieceOptions,
): [piece: string, score: number][] {
  const enough = Math.floor(size * SURPLUS);
  let pieces = withUnknown(seedPieces(words, { size: seedSize, longest }));
  for (;;) {
    for (let i = 0; i < subIterations; i++) pieces = maximize(pieces, expect(pieces, words));
    if (pieces.texts.length <= enough) break;
    const left = Math.max(enough, Math.floor(pieces.texts.length * shrinkingFactor));
    const pruned = withUnknown(prunePieces(pieces, words, left));
    if (pruned.texts.length === pieces.texts.length) break;
    pieces = pruned;
  }
  // So few digits are read alike by all parsers, to the last bit, on which ties between segmentations hang.
  return choose(pieces, words, size).map(([piece, score]) => [piece, Number(score.toFixed(9))]);
}

function expect({ texts, scores }: Pieces, words: ReadonlyMap<string, number>): Float64Array {
  const lattice = new Lattice(texts, scores);
  const expected = new Float64Array(texts.length);
  for (const [word, count] of words) {
    lattice.read(word);
    lattice.addExpected(expected, count);
  }
  return expected;
}

/** ψ(count) − ψ(sum) instead of ln(count) − ln(sum): a sparse prior, under which rare pieces vanish (Liang and Klein 2007). */
function maximize({ texts }: Pieces, expected: Float64Array): Pieces {
  const ids = texts.map((_, id) => id).filter((id) => id === 0 || expected[id] >= LEAST_EXPECTED);
  const sum = digamma(ids.reduce((all, id) => all + (id > 0 ? expected[id] : 0), 0));
  return withUnknown({
    texts: ids.map((id) => texts[id]),
    scores: Float64Array.from(ids, (id) => (id > 0 ? digamma(expected[id]) - sum : 0)),
  });
}

/** The first piece costs more than any other. */
function withUnknown({ texts, scores }: Pieces): Pieces {
  scores[0] =
    scores.reduce((least, score, id) => (id > 0 ? Math.min(least, score) : least), 0) - UNKNOWN_PENALTY;
  return { texts, scores };
}

/** All characters, those that were dropped a little below the least likely piece; then other pieces as far as there is room. */
function choose(
  { texts, scores }: Pieces,
  words: ReadonlyMap<string, number>,
  size: number,
): [string, number][] {
  const known = new Map(texts.map((text, id) => [text, scores[id]]).slice(1) as [string, number][]);
  const chosen = new Map<string, number>();
  let least = scores[0] + UNKNOWN_PENALTY;
  for (const word of words.keys())
    for (const char of word) if (!chosen.has(char)) chosen.set(char, known.get(char) ?? (least -= 1e-4));
  for (const [text, score] of known) if (chosen.size < size && !chosen.has(text)) chosen.set(text, score);
  return [...chosen].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

/** The logarithmic derivative of Γ. @source Bernardo 1976, AS 103 (asymptotic series behind a shift) */
function digamma(x: number): number {
  let [sum, at] = [0, x];
  for (; at < 7; at++) sum -= 1 / at;
  const half = at - 0.5;
  const square = 1 / (half * half);
  const series = square * (1 / 24 - square * (7 / 960 - square * (31 / 8064 - (square * 127) / 30720)));
  return sum + Math.log(half) + series;
}
