import { GradlabError } from "../errors.js";
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
 * Splits rows at random into two parts that keep the order of the rows; the same seed gives the same split.
 * Each part gets at least one row.
 *
 * @param options.fraction - the share of the second part, such as 0.1
 * @throws E_CONFIG when the fraction is not between 0 and 1; E_DATA_EMPTY for fewer than two rows
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
  if (rows.length < 2)
    throw new GradlabError("E_DATA_EMPTY", `${rows.length} rows cannot be split.`, {
      hint: "Give at least two rows.",
    });
  const count = Math.min(rows.length - 1, Math.max(1, Math.round(rows.length * fraction)));
  const chosen = new Set(permutation(rows.length, seed).subarray(0, count));
  return { train: rows.filter((_, i) => !chosen.has(i)), test: rows.filter((_, i) => chosen.has(i)) };
}
