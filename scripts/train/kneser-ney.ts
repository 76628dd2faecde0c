/** Token ids below this fit, and four of them fit in the 53 bits of a number. */
const RADIX = 4096;
const MAX_ORDER = 4;

/** Sorted n-grams with their counts, as sums: those of one context stand together. */
interface Table {
  /** The n-gram's tokens as one number, most significant first. */
  readonly keys: Float64Array;
  /** sums[i] = counts of the first i n-grams together. */
  readonly sums: Float64Array;
  readonly discount: number;
}

/**
 * An n-gram language model with interpolated Kneser–Ney smoothing: what can be predicted by counting alone.
 *
 *   p(w | h) = (max(c(hw) − D, 0) + D · N₊(h·) · p(w | h′)) / c(h·)
 *
 * c counts occurrences for the longest n-grams and distinct predecessors for the shorter ones; h′ is h without its first
 * token; D = n₁ / (n₁ + 2n₂) for each length. Below one token stands the uniform distribution.
 *
 * @source Kneser and Ney 1995; the interpolated form: Chen and Goodman 1999, eq. 24
 */
export class KneserNey {
  readonly #tables: readonly Table[];

  /** @param tokens ids below 4096 @param order 1 … 4 */
  constructor(
    tokens: Uint16Array,
    readonly order = MAX_ORDER,
  ) {
    if (order < 1 || order > MAX_ORDER) throw new Error(`The order must be 1 to ${MAX_ORDER}, got ${order}.`);
    const tables: Table[] = [];
    let longer: Float64Array | undefined;
    for (let n = order; n >= 1; n--) {
      const sorted = (longer ? predecessors(longer, n) : ngrams(tokens, n)).sort();
      const table = count(sorted);
      tables.unshift(table);
      longer = table.keys;
    }
    this.#tables = tables;
  }

  /** p(token | the tokens before it, at most order − 1 of which count). */
  probability(token: number, context: ArrayLike<number>): number {
    let p = 1 / RADIX;
    let history = 0;
    for (let n = 1; n <= this.order && n - 1 <= context.length; n++) {
      if (n > 1) history += context[context.length - n + 1] * RADIX ** (n - 2);
      const { keys, sums, discount } = this.#tables[n - 1];
      const from = lowerBound(keys, history * RADIX);
      const to = lowerBound(keys, (history + 1) * RADIX);
      if (from === to) break;
      const key = history * RADIX + token;
      const at = lowerBound(keys, key);
      const seen = at < to && keys[at] === key ? sums[at + 1] - sums[at] : 0;
      p = (Math.max(seen - discount, 0) + discount * (to - from) * p) / (sums[to] - sums[from]);
    }
    return p;
  }

  /** Nats of all tokens but the first. */
  nats(tokens: Uint16Array): number {
    let sum = 0;
    for (let i = 1; i < tokens.length; i++)
      sum -= Math.log(this.probability(tokens[i], tokens.subarray(Math.max(0, i - this.order + 1), i)));
    return sum;
  }
}

function ngrams(tokens: Uint16Array, n: number): Float64Array {
  const keys = new Float64Array(Math.max(0, tokens.length - n + 1));
  for (let i = 0; i < keys.length; i++) {
    let key = 0;
    for (let j = 0; j < n; j++) key = key * RADIX + tokens[i + j];
    keys[i] = key;
  }
  return keys;
}

/** One n-gram for every distinct (n+1)-gram that ends in it. */
const predecessors = (longer: Float64Array, n: number): Float64Array => longer.map((key) => key % RADIX ** n);

function count(sorted: Float64Array): Table {
  const keys = new Float64Array(sorted.length);
  const sums = new Float64Array(sorted.length + 1);
  let [size, once, twice] = [0, 0, 0];
  for (let i = 0; i < sorted.length;) {
    let end = i + 1;
    while (end < sorted.length && sorted[end] === sorted[i]) end++;
    keys[size] = sorted[i];
    sums[size + 1] = end;
    size++;
    if (end - i === 1) once++;
    if (end - i === 2) twice++;
    i = end;
  }
  const discount = once > 0 ? once / (once + 2 * twice) : 0.5;
  return { keys: keys.slice(0, size), sums: sums.slice(0, size + 1), discount };
}

function lowerBound(keys: Float64Array, key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle] < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
