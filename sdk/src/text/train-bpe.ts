import { Heap } from "./heap.js";
import { GradlabError } from "../errors.js";
import type { Splitter } from "./splitter.js";

export interface BpeMerges {
  /** Merge r joins left[r] and right[r] (ids counted from 0: bytes first, then merges in order). */
  readonly left: Int32Array;
  readonly right: Int32Array;
}

// Pair keys are left * SPAN + right: exact in a double up to 2^26 ids.
const SPAN = 2 ** 26;

const encoder = new TextEncoder();

/**
 * Learns byte-pair merges: counts words, then repeatedly joins the most frequent adjacent pair (ties: the lower
 * ids), updating counts only in the words that hold it (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909).
 *
 * @param mergeCount - how many merges to learn; fewer come out when no pair is left with `minFrequency`
 */
export function learnMerges(
  texts: Iterable<string>,
  split: Splitter,
  mergeCount: number,
  minFrequency: number,
): BpeMerges {
  const words = countWords(texts, (text) => split.words(text, true));
  const learner = new MergeLearner(
    Array.from(words, ([word, count]) => [Int32Array.from(encoder.encode(word)), count]),
  );
  const left: number[] = [];
  const right: number[] = [];
  while (left.length < mergeCount) {
    const pair = learner.mostFrequent(minFrequency);
    if (pair === undefined) break;
    learner.join(pair, 256 + left.length);
    left.push(Math.floor(pair / SPAN));
    right.push(pair % SPAN);
  }
  return { left: Int32Array.from(left), right: Int32Array.from(right) };
}

/** Words as symbols, by their places in `tokens`. */
export interface SymbolWords {
  readonly words: Iterable<readonly [symbols: Int32Array, count: number]>;
  /** The alphabet; what is joined is added behind it. */
  readonly tokens: string[];
  /** The token that two make. */
  readonly join: (left: string, right: string) => string;
}

/**
 * Learns merges of characters rather than bytes, until there are `size` tokens: the most frequent pair first, of equals the one
 * with the lower ids. A token that is made in two ways is one token with two merges.
 */
export function learnSymbolMerges(
  { words, tokens, join }: SymbolWords,
  size: number,
  minFrequency: number,
): [left: number, right: number][] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const learner = new MergeLearner(words);
  const merges: [number, number][] = [];
  while (tokens.length < size) {
    const pair = learner.mostFrequent(minFrequency);
    if (pair === undefined) break;
    const [left, right] = [Math.floor(pair / SPAN), pair % SPAN];
    const token = join(tokens[left], tokens[right]);
    const id = ids.get(token) ?? tokens.push(token) - 1;
    ids.set(token, id);
    learner.join(pair, id);
    merges.push([left, right]);
  }
  return merges;
}

/** How often each word comes. @throws E_DATA_FORMAT, E_DATA_EMPTY */
export function countWords(
  texts: Iterable<string>,
  wordsOf: (text: string) => readonly string[],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    if (typeof text !== "string")
      throw new GradlabError("E_DATA_FORMAT", `A tokenizer is trained on strings, got ${typeof text}.`);
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  if (counts.size === 0) throw new GradlabError("E_DATA_EMPTY", "There is no text to train a tokenizer on.");
  return counts;
}

class MergeLearner {
  readonly #words: Int32Array[] = [];
  readonly #frequencies: number[] = [];
  readonly #counts = new Map<number, number>();
  /** pair → words that held it at some time; checked again when used. */
  readonly #holders = new Map<number, number[]>();
  readonly #heap = new Heap<Candidate>(isBefore);

  constructor(words: Iterable<readonly [symbols: Int32Array, count: number]>) {
    for (const [symbols, count] of words) {
      const index = this.#words.push(symbols) - 1;
      this.#frequencies.push(count);
      this.#add(this.#words[index], index, count);
    }
    for (const [pair, count] of this.#counts) this.#heap.push({ count: count, pair: pair });
  }

  mostFrequent(minFrequency: number): number | undefined {
    for (let top = this.#heap.pop(); top !== undefined; top = this.#heap.pop()) {
      const count = this.#counts.get(top.pair) ?? 0;
      if (count === top.count) return count < minFrequency ? undefined : top.pair;
      if (count > 0) this.#heap.push({ count: count, pair: top.pair });
    }
    return undefined;
  }

  join(pair: number, id: number): void {
    const left = Math.floor(pair / SPAN);
    const right = pair % SPAN;
    const grown = new Set<number>();
    for (const index of this.#holders.get(pair) ?? []) {
      const word = this.#words[index];
      const joined = replacePair(word, left, right, id);
      if (joined.length === word.length) continue;
      this.#remove(word, this.#frequencies[index]);
      this.#words[index] = joined;
      this.#add(joined, index, this.#frequencies[index], id, grown);
    }
    this.#holders.delete(pair);
    for (const next of grown) this.#heap.push({ count: this.#counts.get(next) ?? 0, pair: next });
  }

  #remove(word: Int32Array, frequency: number): void {
    for (let i = 0; i + 1 < word.length; i++) {
      const pair = word[i] * SPAN + word[i + 1];
      const count = (this.#counts.get(pair) ?? 0) - frequency;
      if (count > 0) this.#counts.set(pair, count);
      else this.#counts.delete(pair);
    }
  }

  /** Counts a word's pairs; with `id`, only pairs that hold it are new to the word's holders. */
  #add(word: Int32Array, index: number, frequency: number, id?: number, grown?: Set<number>): void {
    for (let i = 0; i + 1 < word.length; i++) {
      const pair = word[i] * SPAN + word[i + 1];
      this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + frequency);
      if (id !== undefined && word[i] !== id && word[i + 1] !== id) continue;
      grown?.add(pair);
      const holders = this.#holders.get(pair);
      if (holders === undefined) this.#holders.set(pair, [index]);
      else if (holders[holders.length - 1] !== index) holders.push(index);
    }
  }
}

function replacePair(word: Int32Array, left: number, right: number, id: number): Int32Array {
  let length = 0;
  const out = new Int32Array(word.length);
  for (let i = 0; i < word.length; i++) {
    if (word[i] === left && i + 1 < word.length && word[i + 1] === right) {
      out[length++] = id;
      i++;
    } else out[length++] = word[i];
  }
  return length === word.length ? word : out.slice(0, length);
}

interface Candidate {
  readonly count: number;
  readonly pair: number;
}

/** Highest count first, then the lower pair. */
function isBefore(a: Candidate, b: Candidate): boolean {
  return a.count > b.count || (a.count === b.count && a.pair < b.pair);
}
