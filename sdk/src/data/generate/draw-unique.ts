import { GradlabError } from "../../errors.js";
import { Random } from "../../tensor/index.js";

/** How many examples to generate, and which: the same options give the same examples on every machine. */
export interface SyntheticOptions {
  readonly count: number;
  /** Default 0. */
  readonly seed?: number;
  /** Train and test of one seed have nothing in common. Default "train". */
  readonly split?: "train" | "test";
  /** The part of all possible examples that belongs to the test split. Default 0.1. */
  readonly testShare?: number;
}

const PATIENCE = 2000;

/**
 * Draws `count` different examples of one split. An example belongs to the split that the hash of its key and the
 * seed say, whatever was drawn before: so train and test are disjoint, however many are drawn.
 *
 * @param purpose - keeps generators apart that are given the same seed
 * @throws E_CONFIG for options out of range, and when there are fewer different examples than asked for
 */
export function drawUnique<T>(
  options: SyntheticOptions,
  purpose: string,
  draw: (random: Random) => T,
  keyOf: (example: T) => string,
): T[] {
  const { count, seed = 0, split = "train", testShare = 0.1 } = options;
  requireOptions(count, seed, testShare);
  const random = new Random(seed, hashText(`${purpose} ${split}`, 0));
  const keys = new Set<string>();
  const found: T[] = [];
  for (let missed = 0; found.length < count;) {
    const example = draw(random);
    const key = keyOf(example);
    const inTest = hashText(key, seed) / 2 ** 32 < testShare;
    if (inTest === (split === "test") && !keys.has(key)) {
      keys.add(key);
      found.push(example);
      missed = 0;
    } else if (++missed > PATIENCE + 20 * found.length) throw exhausted(found.length, count, split);
  }
  return found;
}

function requireOptions(count: number, seed: number, testShare: number): void {
  if (!Number.isInteger(count) || count < 0)
    throw new GradlabError("E_CONFIG", `count must be a whole number, got ${count}.`, { where: "count" });
  if (!Number.isSafeInteger(seed))
    throw new GradlabError("E_CONFIG", `seed must be a whole number, got ${seed}.`, { where: "seed" });
  if (!(testShare > 0 && testShare < 1))
    throw new GradlabError("E_CONFIG", `testShare must lie between 0 and 1, got ${testShare}.`, {
      where: "testShare",
    });
}

function exhausted(found: number, count: number, split: string): GradlabError {
  return new GradlabError(
    "E_CONFIG",
    `There are about ${found} different examples of the ${split} split, ${count} were asked for.`,
    { where: "count", hint: "Ask for fewer, or allow more: more digits, families or languages." },
  );
}

/** FNV-1a with the finisher of MurmurHash3: 32 bits that are the same on every machine. */
export function hashText(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)];
}

/** A whole number of `low` … `high`, both included. */
export function between(random: Random, low: number, high: number): number {
  return low + random.integer(high - low + 1);
}
