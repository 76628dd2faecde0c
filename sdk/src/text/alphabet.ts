/**
 * Characters by how often they come, most frequent first, of equals the lower code point; only as many as make up `coverage` of all,
 * and `limit` of them at most.
 */
export function alphabetOf(
  words: ReadonlyMap<string, number>,
  { coverage = 1, limit = Infinity }: { readonly coverage?: number; readonly limit?: number },
): string[] {
  const counts = new Map<string, number>();
  let total = 0;
  for (const [word, count] of words)
    for (const char of word) {
      counts.set(char, (counts.get(char) ?? 0) + count);
      total += count;
    }
  const point = (char: string): number => char.codePointAt(0) ?? 0;
  const ordered = [...counts].sort(([a, m], [b, n]) => n - m || point(a) - point(b));
  let covered = 0;
  const kept = ordered.filter(([, count]) => {
    const needed = covered < coverage * total;
    covered += count;
    return needed;
  });
  return kept.slice(0, limit).map(([char]) => char);
}
