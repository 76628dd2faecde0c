import type { Pieces } from "./learn-pieces.js";

type Weighted = readonly [text: string, weight: number];

/**
 * The vocabulary that training begins with: all characters, weighted by count, and the substrings of words that come more than once
 * and go on in more than one way (the ends of words are one), weighted by the words they come in · length. They are the inner nodes
 * of the suffix tree of all words, read off a suffix array. The first piece stands for what is unknown.
 *
 * @param longest characters of a piece at most
 * @source Kudo and Richardson 2018's code, unigram_model_trainer.cc, `MakeSeedSentencePieces`
 */
export function seedPieces(
  words: ReadonlyMap<string, number>,
  { size, longest }: { readonly size: number; readonly longest: number },
): Pieces {
  const characters = new Map<string, number>();
  for (const [word, count] of words)
    for (const char of word) characters.set(char, (characters.get(char) ?? 0) + count);
  const singles = [...characters].sort(heavierFirst);
  const repeated = repeatedSubstrings([...words.keys()], longest).sort(heavierFirst);
  const seeds = [...singles, ...repeated].slice(0, Math.max(size, singles.length));
  const sum = Math.log(seeds.reduce((all, [, weight]) => all + weight, 0));
  const texts = ["", ...seeds.map(([text]) => text)];
  return { texts, scores: Float64Array.from(texts, (_, i) => (i > 0 ? Math.log(seeds[i - 1][1]) - sum : 0)) };
}

const heavierFirst = ([a, x]: Weighted, [b, y]: Weighted): number => y - x || (a < b ? -1 : 1);

/** Substrings of two characters or more, weighted by how often they come times their length. */
function repeatedSubstrings(words: readonly string[], longest: number): Weighted[] {
  // Zeros end words, and behind the last one let comparisons run on.
  const padding = new Array<number>(longest + 1).fill(0);
  const points = Int32Array.from([...words.flatMap((word) => [...codePoints(word), 0]), ...padding]);
  const order = sortSuffixes(points, longest + 1);
  const found: Weighted[] = [];
  // Open intervals of suffixes: the length of what they share, and where they begin.
  const lengths: number[] = [];
  const begins: number[] = [];
  for (let i = 1; i <= order.length; i++) {
    const shared = i < order.length ? sharedPrefix(points, order[i - 1], order[i], longest + 1) : 0;
    let begin = i - 1;
    while (lengths.length > 0 && lengths[lengths.length - 1] > shared) {
      const length = lengths.pop() ?? 0;
      begin = begins.pop() ?? 0;
      const text = points.subarray(order[begin], order[begin] + length);
      if (length > 1 && length <= longest && !text.includes(0))
        found.push([String.fromCodePoint(...text), (i - begin) * length]);
    }
    if (shared > 0 && lengths[lengths.length - 1] !== shared) {
      lengths.push(shared);
      begins.push(begin);
    }
  }
  return found;
}

const codePoints = (text: string): number[] => Array.from(text, (char) => char.codePointAt(0) ?? 0);

function sharedPrefix(points: Int32Array, a: number, b: number, limit: number): number {
  let length = 0;
  while (length < limit && points[a + length] === points[b + length]) length++;
  return length;
}

/** Places of characters in the order of what begins there, compared up to `depth` characters (three-way radix quicksort). */
function sortSuffixes(points: Int32Array, depth: number): Int32Array {
  const order = Int32Array.from(points.keys()).filter((at) => points[at] !== 0);
  const tasks: [from: number, to: number, depth: number][] = [[0, order.length, 0]];
  for (let task = tasks.pop(); task; task = tasks.pop()) {
    const [from, to, at] = task;
    if (to - from < 2 || at >= depth) continue;
    const pivot = points[order[(from + to) >> 1] + at];
    let [less, more] = [from, to];
    for (let i = from; i < more;) {
      const suffix = order[i];
      const point = points[suffix + at];
      if (point === pivot) i++;
      else {
        const place = point < pivot ? less++ : --more;
        order[i] = order[place];
        order[place] = suffix;
        if (point < pivot) i++;
      }
    }
    tasks.push([from, less, at], [less, more, at + 1], [more, to, at]);
  }
  return order;
}
