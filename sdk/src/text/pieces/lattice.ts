/** Pieces by their first units. */
class PieceTrie {
  /** node · 2¹⁶ + unit → node */
  readonly #children = new Map<number, number>();
  readonly #pieces: number[] = [-1];

  constructor(texts: readonly string[]) {
    texts.forEach((text, id) => {
      let node = 0;
      for (let i = 0; i < text.length; i++) {
        const key = node * 65_536 + text.charCodeAt(i);
        let next = this.#children.get(key);
        if (next === undefined) this.#children.set(key, (next = this.#pieces.push(-1) - 1));
        node = next;
      }
      if (node > 0) this.#pieces[node] = id;
    });
  }

  /** Calls `found` with each piece that begins at `start` and the place behind it. */
  walk(text: string, start: number, found: (id: number, end: number) => void): void {
    let node: number | undefined = 0;
    for (let at = start; at < text.length; at++) {
      node = this.#children.get(node * 65_536 + text.charCodeAt(at));
      if (node === undefined) return;
      if (this.#pieces[node] >= 0) found(this.#pieces[node], at + 1);
    }
  }
}

const isTrail = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;

/** All ways to cut a word into pieces; piece 0 stands for a character that is none. */
export class Lattice {
  readonly #trie: PieceTrie;
  readonly #scores: Float64Array;
  readonly #probabilities: Float64Array;
  /** Edges in the order of their starts. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #ids: number[] = [];
  #length = 0;
  #forward = new Float64Array(64);
  #backward = new Float64Array(64);
  #incoming = new Int32Array(64);
  readonly #powers: Float64Array;

  constructor(texts: readonly string[], scores: Float64Array) {
    this.#trie = new PieceTrie(texts);
    this.#scores = scores;
    this.#probabilities = scores.map(Math.exp);
    this.#powers = new Float64Array(texts.reduce((most, { length }) => Math.max(most, length), 2) + 1);
  }

  read(word: string): void {
    for (const edges of [this.#starts, this.#ends, this.#ids]) edges.length = 0;
    this.#length = word.length;
    if (word.length >= this.#forward.length) {
      [this.#forward, this.#backward] = [0, 1].map(() => new Float64Array(word.length * 2));
      this.#incoming = new Int32Array(word.length * 2);
    }
    for (let start = 0; start < word.length; start++) {
      if (isTrail(word.charCodeAt(start))) continue;
      const next = start + (isTrail(word.charCodeAt(start + 1)) ? 2 : 1);
      let known = false;
      this.#trie.walk(word, start, (id, end) => {
        known ||= end === next;
        this.#add(start, end, id);
      });
      if (!known) this.#add(start, next, 0);
    }
  }

  /** The score of the best way; without the piece that is the whole word when `inParts`. */
  best(inParts = false): number {
    const best = this.#forward.fill(-Infinity, 0, this.#length + 1);
    best[0] = 0;
    for (let i = 0; i < this.#ids.length; i++) {
      const [start, end] = [this.#starts[i], this.#ends[i]];
      if (inParts && end - start === this.#length) continue;
      const score = best[start] + this.#scores[this.#ids[i]];
      if (score <= best[end]) continue;
      best[end] = score;
      this.#incoming[end] = i;
    }
    return best[this.#length];
  }

  /** The pieces of the way that `best` found, last first. */
  path(): number[] {
    const ids: number[] = [];
    for (let end = this.#length; end > 0; end = this.#starts[this.#incoming[end]])
      ids.push(this.#ids[this.#incoming[end]]);
    return ids;
  }

  /**
   * Adds to each piece how often it is expected in `count` such words (forward–backward). Weights are multiplied by the same factor for
   * each unit of text, which changes no ratio, such that the best way has weight 1: sums neither vanish nor overflow.
   */
  addExpected(expected: Float64Array, count: number): void {
    const factor = -this.best() / this.#length;
    for (let n = 0; n < this.#powers.length; n++) this.#powers[n] = Math.exp(n * factor);
    const weights = Float64Array.from(
      this.#ids,
      (id, i) => this.#probabilities[id] * this.#powers[this.#ends[i] - this.#starts[i]],
    );
    const forward = this.#forward.fill(0, 0, this.#length + 1);
    const backward = this.#backward.fill(0, 0, this.#length + 1);
    forward[0] = backward[this.#length] = 1;
    for (let i = 0; i < weights.length; i++) forward[this.#ends[i]] += forward[this.#starts[i]] * weights[i];
    for (let i = weights.length - 1; i >= 0; i--)
      backward[this.#starts[i]] += backward[this.#ends[i]] * weights[i];
    for (let i = 0; i < weights.length; i++)
      expected[this.#ids[i]] +=
        (count * forward[this.#starts[i]] * weights[i] * backward[this.#ends[i]]) / forward[this.#length];
  }

  #add(start: number, end: number, id: number): void {
    this.#starts.push(start);
    this.#ends.push(end);
    this.#ids.push(id);
  }
}
