import { GradlabError } from "../errors.js";
import { pointOf } from "./dataset/operators/split.js";
import { Random } from "../tensor/index.js";

// Keeps these numbers apart from those of other uses of the same seed.
const PURPOSE = 0x5eedda7a;

/**
 * A permutation of 0 … length−1 that depends on nothing but its arguments (Fisher–Yates on Philox 4×32-10).
 *
 * @param stream - tells apart permutations of one seed, such as epochs
 */
export function permutation(length: number, seed: number, stream = 0): Int32Array {
  return new Random(seed, (PURPOSE + stream) >>> 0).permutation(length);
}

/**
 * Splits rows in memory into two parts that share no text and keep the order of the rows; the same seed gives the same split.
 * Rows count as the same as for `Dataset.split` (text, or prompt, or messages, or the whole row; white space aside), and stand in the same
 * order by their hashes; but the cut is made where the share is nearest, and each part gets at least one row.
 *
 * @param options.fraction - the share of the second part, such as 0.1
 * @throws E_CONFIG when the fraction is not between 0 and 1; E_DATA_EMPTY for fewer than two different rows
 * @example splitRows(["a", "b", "a"], { fraction: 0.5 }).train.length // 2
 */
export function splitRows<T>(
  rows: readonly T[],
  options: { readonly fraction: number; readonly seed?: number },
): { readonly train: T[]; readonly test: T[] } {
  const { fraction, seed = 0 } = options;
  if (!(fraction > 0 && fraction < 1))
    throw new GradlabError("E_CONFIG", `fraction must lie between 0 and 1, got ${fraction}.`, {
      where: "fraction",
      hint: "0.1 puts every tenth row into the test part.",
    });
  const points = rows.map((row) => pointOf(row, seed));
  const least = cutAt(points, rows.length * fraction);
  return {
    train: rows.filter((_, i) => points[i] < least),
    test: rows.filter((_, i) => points[i] >= least),
  };
}

/** The point from which on there are about `wanted` of them, and neither all nor none. */
function cutAt(points: readonly number[], wanted: number): number {
  const counts = new Map<number, number>();
  for (const point of points) counts.set(point, (counts.get(point) ?? 0) + 1);
  const down = [...counts].sort(([a], [b]) => b - a);
  if (down.length < 2)
    throw new GradlabError(
      "E_DATA_EMPTY",
      points.length < 2 ? `${points.length} rows cannot be split.` : "Rows of one text cannot be split.",
      { hint: "Give at least two different rows." },
    );
  let [cut, count] = down[0];
  for (const [point, more] of down.slice(1, -1)) {
    // One more text, if that comes nearer.
    if (Math.abs(count + more - wanted) >= Math.abs(count - wanted)) break;
    cut = point;
    count += more;
  }
  return cut;
}
