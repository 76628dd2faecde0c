import { permutation } from "./shuffle.js";

/** Batches that are sorted together: enough to find rows of like length, few enough to keep batches random. */
const WINDOW_BATCHES = 16;

/**
 * Puts rows of like length into the same batches, so that little of a batch is padding: the shuffled order is cut
 * into windows of 16 batches, each window is sorted by length, and the batches are shuffled again. A last batch
 * that is not full stays last.
 *
 * @param order - a permutation of the rows
 * @param lengthOf - of a row, by its index
 */
export function groupByLength(
  order: Int32Array,
  lengthOf: (index: number) => number,
  options: { readonly batchSize: number; readonly seed: number; readonly stream: number },
): Int32Array {
  const { batchSize, seed, stream } = options;
  const sorted = new Int32Array(order.length);
  const window = WINDOW_BATCHES * batchSize;
  for (let start = 0; start < order.length; start += window) {
    const rows = Array.from(order.subarray(start, start + window));
    sorted.set(
      rows.sort((a, b) => lengthOf(a) - lengthOf(b)),
      start,
    );
  }
  const full = Math.floor(order.length / batchSize);
  const grouped = sorted.slice();
  permutation(full, seed, stream).forEach((batch, i) => {
    grouped.set(sorted.subarray(batch * batchSize, (batch + 1) * batchSize), i * batchSize);
  });
  return grouped;
}
