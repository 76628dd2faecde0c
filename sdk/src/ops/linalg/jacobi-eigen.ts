import { EPSILON, lengthOf, rotate, rowsOf, signOf, unitVectorsOf, type Matrix } from "./matrix.js";

/** Convergence is quadratic; seven or so suffice. */
const SWEEPS = 60;

/**
 * Eigenvalues (ascending) and orthonormal eigenvectors of the symmetric matrix (A + Aᵀ)/2: rotations clear one pair of
 * off-diagonal elements after the other, sweep by sweep, until what is left vanishes beside the matrix.
 *
 * @returns vectors one an entry, the largest element of each positive
 * @cost about 6·n³ flop a sweep
 * @source Jacobi 1846; Golub and Van Loan, Matrix Computations, 4th ed., §8.5
 */
export function jacobiEigen(matrix: Matrix): [values: Float64Array, vectors: Float64Array[]] {
  const n = matrix.rows;
  const a = rowsOf(matrix);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i][j] = a[j][i] = (a[i][j] + a[j][i]) / 2;
  const vectors = unitVectorsOf(n, n);
  const negligible = (EPSILON * lengthOf(matrix.data)) / (4 * n);
  for (let sweep = 0; sweep < SWEEPS && sweepOnce(a, vectors, negligible); sweep++);
  const order = vectors.map((_, i) => i).sort((i, j) => a[i][i] - a[j][j]);
  const values = Float64Array.from(order, (i) => a[i][i]);
  return [values, order.map((i) => vectors[i].map((x) => x * signOf(vectors[i])))];
}

/** One rotation for every pair; false when none was needed. */
function sweepOnce(a: Float64Array[], vectors: Float64Array[], negligible: number): boolean {
  let turned = false;
  for (let p = 0; p < a.length; p++) {
    for (let q = p + 1; q < a.length; q++) {
      if (!(Math.abs(a[p][q]) > negligible)) continue;
      const [c, s] = angleOf((a[q][q] - a[p][p]) / (2 * a[p][q]));
      rotate(vectors[p], vectors[q], c, s);
      turnBoth(a, p, q, c, s);
      turned = true;
    }
  }
  return turned;
}

/** Rotates rows p and q and columns p and q of a symmetric matrix, so that their common element vanishes. */
function turnBoth(a: Float64Array[], p: number, q: number, c: number, s: number): void {
  const moved = (s / c) * a[p][q];
  const [first, last] = [a[p][p] - moved, a[q][q] + moved];
  rotate(a[p], a[q], c, s);
  for (let k = 0; k < a.length; k++) {
    a[k][p] = a[p][k];
    a[k][q] = a[q][k];
  }
  a[p][p] = first;
  a[q][q] = last;
  a[p][q] = a[q][p] = 0;
}

/** Cosine and sine of the smaller angle φ with cot 2φ as given. */
export function angleOf(cot2: number): [c: number, s: number] {
  const tangent = (cot2 < 0 ? -1 : 1) / (Math.abs(cot2) + Math.hypot(1, cot2));
  const c = 1 / Math.hypot(1, tangent);
  return [c, c * tangent];
}
