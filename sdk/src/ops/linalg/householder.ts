import {
  columnsOf,
  dot,
  flatColumns,
  flatRows,
  lengthOf,
  subtract,
  unitVectorsOf,
  type Matrix,
} from "./matrix.js";

/**
 * A = Q R for a matrix with at least as many rows as columns, Q's columns orthonormal, R upper triangular with a
 * diagonal that is not negative. Each reflection H = I − 2vvᵀ clears one column below the diagonal.
 *
 * @returns Q [M, N] and R [N, N], row by row
 * @source Householder 1958; Golub and Van Loan, Matrix Computations, 4th ed., algorithm 5.2.1
 */
export function householderQr(a: Matrix): [q: Float64Array, r: Float64Array] {
  const columns = columnsOf(a);
  const mirrors = columns.map((column, k) => {
    const mirror = mirrorOf(column.subarray(k));
    for (let j = k; j < columns.length; j++) reflect(columns[j].subarray(k), mirror);
    return mirror;
  });
  // Q's columns are the basis, sent back through the mirrors.
  const q = unitVectorsOf(a.columns, a.rows);
  for (let k = mirrors.length - 1; k >= 0; k--)
    q.forEach((column) => reflect(column.subarray(k), mirrors[k]));
  const r = mirrors.map((_, i) => Float64Array.from(columns, (column, j) => (j >= i ? column[i] : 0)));
  r.forEach((row, i) => {
    if (row[i] >= 0) return;
    row.forEach((value, j) => (row[j] = -value));
    q[i].forEach((value, j) => (q[i][j] = -value));
  });
  return [flatColumns(q), flatRows(r)];
}

/** The unit vector v whose mirror sends x onto its first axis; zeros for zeros. */
export function mirrorOf(x: Float64Array): Float64Array {
  const v = x.slice();
  // The sign avoids cancellation.
  v[0] += x[0] < 0 ? -lengthOf(x) : lengthOf(x);
  const length = lengthOf(v);
  return length === 0 ? v : v.map((value) => value / length);
}

export const reflect = (x: Float64Array, v: Float64Array): void => subtract(x, 2 * dot(v, x), v);
