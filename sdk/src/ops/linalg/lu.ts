import { GradlabError } from "../../errors.js";
import { EPSILON, rowsOf, subtract, type Matrix } from "./matrix.js";

export interface Lu {
  /** Row i holds L left of the diagonal (whose own ones are not kept) and U from it on. */
  readonly rows: readonly Float64Array[];
  /** The row of A that became row i. */
  readonly order: readonly number[];
  /** Of the permutation: 1 or −1. */
  readonly sign: number;
}

/**
 * P A = L U by Gaussian elimination, the largest element of each column brought to the diagonal.
 *
 * @source Golub and Van Loan, Matrix Computations, 4th ed., algorithm 3.4.1
 */
export function luOf(a: Matrix): Lu {
  const rows = rowsOf(a);
  const order = rows.map((_, i) => i);
  let sign = 1;
  for (let k = 0; k < rows.length; k++) {
    let pivot = k;
    for (let i = k + 1; i < rows.length; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    if (pivot !== k) {
      [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
      [order[k], order[pivot]] = [order[pivot], order[k]];
      sign = -sign;
    }
    if (rows[k][k] === 0) continue;
    for (let i = k + 1; i < rows.length; i++) {
      const factor = rows[i][k] / rows[k][k];
      subtract(rows[i].subarray(k), factor, rows[k].subarray(k));
      rows[i][k] = factor;
    }
  }
  return { rows, order, sign };
}

/** The solution X of A X = B. @throws E_MATRIX when A is singular to working precision */
export function solveBy(lu: Lu, a: Matrix, b: Matrix, name: string): Float64Array[] {
  requireRegular(lu, a, name);
  const given = rowsOf(b);
  const x = lu.order.map((row) => given[row]);
  for (let i = 0; i < x.length; i++) for (let j = 0; j < i; j++) subtract(x[i], lu.rows[i][j], x[j]);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < x.length; j++) subtract(x[i], lu.rows[i][j], x[j]);
    for (let j = 0; j < b.columns; j++) x[i][j] /= lu.rows[i][i];
  }
  return x;
}

/** A pivot that cancellation has left of a column is as good as zero. */
function requireRegular({ rows }: Lu, { data }: Matrix, name: string): void {
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    let column = 0;
    for (let i = 0; i < size; i++) column = Math.max(column, Math.abs(data[i * size + k]));
    if (Math.abs(rows[k][k]) > size * EPSILON * column) continue;
    throw new GradlabError(
      "E_MATRIX",
      `solve: ${name} is singular: column ${k} depends on the ones before it (pivot ${rows[k][k].toPrecision(2)}).`,
      { hint: "Use lstsq or pinv, which take the smallest solution." },
    );
  }
}
