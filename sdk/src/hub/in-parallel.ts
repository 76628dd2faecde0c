/**
 * Runs `work` on all items, at most `limit` at a time. When one fails the others are told to stop, and the first failure is
 * thrown after they did.
 */
export async function inParallel<T>(
  limit: number,
  items: readonly T[],
  outer: AbortSignal,
  work: (item: T, index: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, outer]);
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      await work(items[index], index, signal).catch((error: unknown) => {
        failures.push(error);
        stop.abort("another file failed");
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
}
