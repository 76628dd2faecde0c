/**
 * Counts of the n-grams of a sequence.
 *
 * @example countNgrams(["a", "b", "a"], 1) // Map { "a" => 2, "b" => 1 }
 */
export function countNgrams(items: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    // U+0000 cannot be part of a word that was split off a line of text, so that joined keys stay distinct.
    const gram = n === 1 ? items[i] : items.slice(i, i + n).join("\u0000");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams both have, counted with multiplicity. */
export function commonNgrams(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  for (const [gram, count] of a) common += Math.min(count, b.get(gram) ?? 0);
  return common;
}

/** How many n-grams a sequence of that length has. */
export function ngramTotal(length: number, n: number): number {
  return Math.max(0, length - n + 1);
}
