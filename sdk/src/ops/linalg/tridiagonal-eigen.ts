import { mirrorOf, reflect } from "./householder.js";
import { jacobiEigen } from "./jacobi-eigen.js";
import {
  dot,
  EPSILON,
  largest,
  rotate,
  rowsOf,
  signOf,
  subtract,
  unitVectorsOf,
  type Matrix,
} from "./matrix.js";

/** Up to this size rotations of the whole matrix are quick enough, and more accurate for small eigenvalues. */
const SMALL = 64;
/** Steps for one eigenvalue; two or so suffice. */
const STEPS = 60;

/**
 * Eigenvalues (ascending) and orthonormal eigenvectors of the symmetric matrix (A + Aᵀ)/2: by Jacobi's rotations where it
 * is small; else reflections make it tridiagonal, and QL steps with implicit shifts make that diagonal.
 *
 * @returns vectors one an entry, the largest element of each positive
 * @cost about 10·n³ flop
 * @source Golub and Van Loan, Matrix Computations, 4th ed., §8.3; Dubrulle 1970 (the implicit step)
 */
export function symmetricEigen(matrix: Matrix): [values: Float64Array, vectors: Float64Array[]] {
  const scale = largest(matrix.data);
  if (matrix.rows <= SMALL || scale === 0 || !Number.isFinite(scale)) return jacobiEigen(matrix);
  const { diagonal, beside, vectors } = tridiagonal(matrix, scale);
  for (let l = 0; l < diagonal.length; l++) settle(diagonal, beside, vectors, l);
  const order = vectors.map((_, i) => i).sort((i, j) => diagonal[i] - diagonal[j]);
  const values = Float64Array.from(order, (i) => diagonal[i] * scale);
  return [values, order.map((i) => vectors[i].map((x) => x * signOf(vectors[i])))];
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element i lies beside diagonal elements i and i + 1; the last one is 0. */
  readonly beside: Float64Array;
  /** Columns of Q with A = Q T Qᵀ. */
  readonly vectors: Float64Array[];
}

/** Each reflection clears a column and its row beyond the element beside the diagonal. */
function tridiagonal(matrix: Matrix, scale: number): Tridiagonal {
  const n = matrix.rows;
  const a = rowsOf(matrix).map((row) => row.map((x) => x / scale));
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[i][j] = a[j][i] = (a[i][j] + a[j][i]) / 2;
  const beside = new Float64Array(n);
  const mirrors = Array.from({ length: Math.max(0, n - 2) }, (_, k) => {
    const v = mirrorOf(a[k].subarray(k + 1));
    reflect(a[k].subarray(k + 1), v);
    beside[k] = a[k][k + 1];
    turnRest(a, k + 1, v);
    return v;
  });
  beside[n - 2] = a[n - 2][n - 1];
  const vectors = unitVectorsOf(n, n);
  for (let k = n - 3; k >= 0; k--)
    for (let j = k + 1; j < n; j++) reflect(vectors[j].subarray(k + 1), mirrors[k]);
  return { diagonal: Float64Array.from(a, (row, i) => row[i]), beside, vectors };
}

/** A ← H A H with H = I − 2vvᵀ for the rows and columns from `from` on: A − v wᵀ − w vᵀ, w = 2(Av − (v·Av) v). */
function turnRest(a: readonly Float64Array[], from: number, v: Float64Array): void {
  const rows = a.slice(from).map((row) => row.subarray(from));
  const w = Float64Array.from(rows, (row) => dot(row, v));
  subtract(w, dot(v, w), v);
  rows.forEach((row, i) => {
    subtract(row, 2 * v[i], w);
    subtract(row, 2 * w[i], v);
  });
}

/** QL steps until the element beside diagonal element l is negligible. */
function settle(d: Float64Array, e: Float64Array, vectors: readonly Float64Array[], l: number): void {
  for (let step = 0; step < STEPS; step++) {
    let m = l;
    while (m < d.length - 1 && Math.abs(e[m]) > EPSILON * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
    if (m === l) return;
    stepQl(d, e, vectors, l, m);
  }
}

/** One step over l … m: a bulge is chased from the bottom to the top. */
function stepQl(
  d: Float64Array,
  e: Float64Array,
  vectors: readonly Float64Array[],
  l: number,
  m: number,
): void {
  const half = (d[l + 1] - d[l]) / (2 * e[l]);
  const root = Math.hypot(half, 1);
  let g = d[m] - d[l] + e[l] / (half + (half < 0 ? -root : root));
  let [s, c, taken] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const [f, b] = [s * e[i], c * e[i]];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // The matrix falls apart here.
      d[i + 1] -= taken;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - taken;
    const t = (d[i] - g) * s + 2 * c * b;
    taken = s * t;
    d[i + 1] = g + taken;
    g = c * t - b;
    rotate(vectors[i], vectors[i + 1], c, s);
  }
  d[l] -= taken;
  e[l] = g;
  e[m] = 0;
}
