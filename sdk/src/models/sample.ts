import { GradlabError } from "../errors.js";
import type { Random } from "../tensor/index.js";

export interface SamplingOptions {
  /** 0 takes the most likely token; 1 samples the model's own distribution. Default 0. */
  readonly temperature?: number;
  /** Only the k most likely tokens. Default: all. */
  readonly topK?: number;
  /** Only the smallest set of tokens whose probability reaches p. Default 1. */
  readonly topP?: number;
}

/** @throws E_CONFIG naming the option */
export function checkSampling({ temperature = 0, topK = 1, topP = 1 }: SamplingOptions): void {
  const refuse = (what: string): never => {
    throw new GradlabError("E_CONFIG", what, { hint: "temperature ≥ 0, topK ≥ 1, 0 < topP ≤ 1." });
  };
  if (!(temperature >= 0) || !Number.isFinite(temperature))
    refuse(`temperature ${temperature} is not a number ≥ 0.`);
  if (!Number.isInteger(topK) || topK < 1) refuse(`topK ${topK} is not a positive integer.`);
  if (!(topP > 0 && topP <= 1)) refuse(`topP ${topP} is outside (0, 1].`);
}

/** Candidates looked at first for topP; they nearly always hold its mass. */
const FIRST_CANDIDATES = 256;

/**
 * Draws one token from logits.
 *
 * @source Holtzman et al. 2020 (topP); Fan et al. 2018 (topK)
 */
export function sampleToken(logits: Float32Array, options: SamplingOptions, random: Random): number {
  const { temperature = 0, topK = logits.length, topP = 1 } = options;
  const best = argmax(logits);
  if (temperature === 0) return best;
  const weight = (id: number): number => Math.exp((logits[id] - logits[best]) / temperature);
  if (topK >= logits.length && topP === 1) {
    let total = 0;
    for (let id = 0; id < logits.length; id++) total += weight(id);
    return draw(logits.length, total, weight, random);
  }
  const { ids, mass } = candidates(logits, topK, topP, weight);
  return ids[draw(ids.length, mass, (i) => weight(ids[i]), random)];
}

/** An index below `count` with probability weight / total. */
function draw(count: number, total: number, weight: (i: number) => number, random: Random): number {
  let left = random.uniform() * total;
  for (let i = 0; i < count; i++) {
    left -= weight(i);
    if (left < 0) return i;
  }
  return count - 1;
}

/** The most likely tokens, k at most, as few as reach the share topP of what those k weigh. */
function candidates(
  logits: Float32Array,
  topK: number,
  topP: number,
  weight: (id: number) => number,
): { readonly ids: Int32Array; readonly mass: number } {
  const most = Math.min(topK, logits.length);
  const all = most === logits.length ? logits.keys() : mostLikely(logits, most);
  let wanted = 0;
  for (const id of all) wanted += weight(id);
  wanted *= topP;
  for (let size = topP < 1 ? FIRST_CANDIDATES : most; ; size *= 8) {
    const ids = mostLikely(logits, Math.min(size, most));
    let mass = 0;
    let kept = 0;
    while (kept < ids.length && (topP === 1 || mass < wanted)) mass += weight(ids[kept++]);
    if (mass >= wanted || ids.length === most) return { ids: ids.subarray(0, kept), mass };
  }
}

export function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/** Keys hold a logit's order in the upper bits and, for ties, the id's in the lower ones; 2^20 ids fit exactly. */
const ID_RANGE = 2 ** 20;
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** Rises with the logit and, among equal ones, falls with the id. */
function orderKey(logit: number, id: number): number {
  // Adding 0 makes −0 and 0 equal.
  float[0] = logit + 0;
  const order = bits[0] < 0 ? bits[0] ^ 0x7fffffff : bits[0];
  return order * ID_RANGE + (ID_RANGE - 1 - id);
}

/** The k most likely ids, most likely first; of equal ones the lower id. */
function mostLikely(logits: Float32Array, k: number): Int32Array {
  const keys = (k > logits.length / 16 ? allKeys(logits) : greatestKeys(logits, k)).sort();
  const ids = new Int32Array(k);
  for (let i = 0; i < k; i++) {
    const key = keys[keys.length - 1 - i];
    ids[i] = ID_RANGE - 1 - (key - Math.floor(key / ID_RANGE) * ID_RANGE);
  }
  return ids;
}

function allKeys(logits: Float32Array): Float64Array {
  const keys = new Float64Array(logits.length);
  for (let id = 0; id < keys.length; id++) keys[id] = orderKey(logits[id], id);
  return keys;
}

/** The k greatest keys in one pass, cheap while k is small. */
function greatestKeys(logits: Float32Array, k: number): Float64Array {
  const heap = new Float64Array(k).fill(-Infinity);
  for (let id = 0; id < logits.length; id++) {
    const key = orderKey(logits[id], id);
    if (key > heap[0]) replaceLeast(heap, key);
  }
  return heap;
}

/** Takes a key in for the least one of a binary heap. */
function replaceLeast(heap: Float64Array, key: number): void {
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= key) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = key;
}
