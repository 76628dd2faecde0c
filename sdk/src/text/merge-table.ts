import { Heap } from "./heap.js";

/** Words longer than this are merged with a heap; shorter ones with a scan, which is faster for them. */
const SCAN_LIMIT = 48;
const POSITION_SPAN = 2 ** 31;

/**
 * The merge rules of a BPE model: pair of ids → rank, in one open-addressing table on Int32Array.
 *
 * `merge` applies the rule of lowest rank, leftmost first, until none applies (Sennrich et al. 2016,
 * https://arxiv.org/abs/1508.07909), in O(n log n) for long words.
 */
export class MergeTable {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #left: Int32Array;
  readonly #right: Int32Array;
  readonly #result: Int32Array;
  #ranks = new Int32Array(SCAN_LIMIT);

  /** Rule r merges left[r], right[r] into result[r]; of two rules for one pair, the first counts. */
  constructor(left: Int32Array, right: Int32Array, result: Int32Array) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, left.length * 2.5)));
    this.#slots = new Int32Array(size).fill(-1);
    this.#mask = size - 1;
    this.#left = left;
    this.#right = right;
    this.#result = result;
    for (let rank = 0; rank < left.length; rank++) {
      const slot = this.#find(left[rank], right[rank]);
      if (this.#slots[slot] < 0) this.#slots[slot] = rank;
    }
  }

  /** Merges ids[0..length) in place; returns the new length. */
  merge(ids: Int32Array, length: number): number {
    return length <= SCAN_LIMIT ? this.#mergeByScan(ids, length) : this.#mergeByHeap(ids, length);
  }

  #find(left: number, right: number): number {
    let slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 0;
    for (slot = (slot ^ (slot >>> 15)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const rank = this.#slots[slot];
      if (rank < 0 || (this.#left[rank] === left && this.#right[rank] === right)) return slot;
    }
  }

  #rank(left: number, right: number): number {
    const rank = this.#slots[this.#find(left, right)];
    return rank < 0 ? 0x7fffffff : rank;
  }

  #mergeByScan(ids: Int32Array, length: number): number {
    const ranks = this.#ranks;
    for (let i = 0; i + 1 < length; i++) ranks[i] = this.#rank(ids[i], ids[i + 1]);
    while (length > 1) {
      let at = 0;
      for (let i = 1; i < length - 1; i++) if (ranks[i] < ranks[at]) at = i;
      if (ranks[at] === 0x7fffffff) break;
      ids[at] = this.#result[ranks[at]];
      ids.copyWithin(at + 1, at + 2, length);
      ranks.copyWithin(at, at + 1, length - 1);
      length--;
      if (at > 0) ranks[at - 1] = this.#rank(ids[at - 1], ids[at]);
      if (at + 1 < length) ranks[at] = this.#rank(ids[at], ids[at + 1]);
    }
    return length;
  }

  #mergeByHeap(ids: Int32Array, length: number): number {
    const next = Int32Array.from({ length }, (_, i) => i + 1);
    const previous = Int32Array.from({ length }, (_, i) => i - 1);
    const heap = new Heap<number>(isLess);
    const offer = (at: number): void => {
      if (at < 0 || next[at] >= length) return;
      const rank = this.#rank(ids[at], ids[next[at]]);
      if (rank !== 0x7fffffff) heap.push(rank * POSITION_SPAN + at);
    };
    for (let i = 0; i + 1 < length; i++) offer(i);
    for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
      const at = key % POSITION_SPAN;
      const rank = (key - at) / POSITION_SPAN;
      const other = next[at];
      // A stale entry: one of the two was merged since it was offered.
      if (ids[at] < 0 || other >= length || this.#rank(ids[at], ids[other]) !== rank) continue;
      ids[at] = this.#result[rank];
      ids[other] = -1;
      next[at] = next[other];
      if (next[at] < length) previous[next[at]] = at;
      offer(previous[at]);
      offer(at);
    }
    let kept = 0;
    for (let i = 0; i < length; i = next[i]) ids[kept++] = ids[i];
    return kept;
  }
}

const isLess = (a: number, b: number): boolean => a < b;
