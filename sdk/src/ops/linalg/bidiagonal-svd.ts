import { mirrorOf, reflect } from "./householder.js";
import { jacobiSvd, signed, type Svd } from "./jacobi-svd.js";
import {
  columnsOf,
  EPSILON,
  largest,
  rotate,
  subtract,
  turned,
  unitVectorsOf,
  type Matrix,
} from "./matrix.js";

/** Up to this many columns rotations are quick enough, and more accurate for small singular values. */
const SMALL = 64;
/** Steps for one singular value; two or so suffice. */
const STEPS = 60;

/**
 * A = U diag(s) Vᵀ: by Jacobi's rotations where the matrix is small; else reflections from both sides make it
 * bidiagonal, and QR steps with implicit shifts make that diagonal. Singular values then err by rounding of the largest.
 *
 * @returns min(M, N) vectors of each kind, the largest element of each right one positive
 * @cost about 12·M·N² flop, for the longer side M
 * @source Golub and Kahan 1965; Golub and Van Loan, Matrix Computations, 4th ed., §8.6
 */
export function thinSvd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, s, v } = thinSvd(turned(a));
    return signed({ u: v, s, v: u });
  }
  const scale = largest(a.data);
  if (a.columns <= SMALL || scale === 0 || !Number.isFinite(scale)) return jacobiSvd(a);
  const b = bidiagonal(a, scale);
  diagonalize(b);
  const order = b.u.map((_, i) => i).sort((i, j) => Math.abs(b.diagonal[j]) - Math.abs(b.diagonal[i]));
  return signed({
    u: order.map((i) => (b.diagonal[i] < 0 ? b.u[i].map((x) => -x) : b.u[i])),
    s: Float64Array.from(order, (i) => Math.abs(b.diagonal[i]) * scale),
    v: order.map((i) => b.v[i]),
  });
}

interface Bidiagonal {
  readonly diagonal: Float64Array;
  /** Element i lies right of diagonal element i. */
  readonly beside: Float64Array;
  /** Columns of U and V with A = U B Vᵀ. */
  readonly u: Float64Array[];
  readonly v: Float64Array[];
}

function bidiagonal(a: Matrix, scale: number): Bidiagonal {
  const n = a.columns;
  const columns = columnsOf(a).map((column) => column.map((x) => x / scale));
  const left: Float64Array[] = [];
  const right: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    const mirror = mirrorOf(columns[k].subarray(k));
    for (let j = k; j < n; j++) reflect(columns[j].subarray(k), mirror);
    left.push(mirror);
    const row = mirrorOf(Float64Array.from({ length: n - 1 - k }, (_, j) => columns[k + 1 + j][k]));
    reflectRows(columns.slice(k + 1), k, row);
    right.push(row);
  }
  const [u, v] = [unitVectorsOf(n, a.rows), unitVectorsOf(n, n)];
  for (let k = n - 1; k >= 0; k--) {
    for (let j = k; j < n; j++) reflect(u[j].subarray(k), left[k]);
    for (let j = k + 1; j < n; j++) reflect(v[j].subarray(k + 1), right[k]);
  }
  return {
    diagonal: Float64Array.from(columns, (column, i) => column[i]),
    beside: Float64Array.from({ length: n - 1 }, (_, i) => columns[i + 1][i]),
    u,
    v,
  };
}

/** A ← A (I − 2wwᵀ) for the rows from `from` on, by columns. */
function reflectRows(columns: readonly Float64Array[], from: number, w: Float64Array): void {
  if (columns.length === 0) return;
  const y = new Float64Array(columns[0].length - from);
  columns.forEach((column, j) => subtract(y, -w[j], column.subarray(from)));
  columns.forEach((column, j) => subtract(column.subarray(from), 2 * w[j], y));
}

/** Steps from the last element up, until nothing is left beside the diagonal. */
function diagonalize(b: Bidiagonal): void {
  const { diagonal: d, beside: e } = b;
  const norm = Math.max(largest(d), largest(e));
  const small = (x: number): boolean => !(Math.abs(x) > EPSILON * norm);
  let last = d.length - 1;
  for (let step = 0; last > 0 && step < STEPS * d.length; step++) {
    let first = last;
    while (first > 0 && Math.abs(e[first - 1]) > EPSILON * (Math.abs(d[first - 1]) + Math.abs(d[first])))
      first--;
    if (first > 0) e[first - 1] = 0;
    if (first === last) {
      last--;
      continue;
    }
    let zero = last;
    while (zero >= first && !small(d[zero])) zero--;
    if (zero === last) clearColumn(b, first, last);
    else if (zero >= first) clearRow(b, zero, last);
    else stepQr(b, first, last);
  }
}

/** Cosine, sine and length that turn (x, y) onto the first axis. */
function turnOnto(x: number, y: number): [c: number, s: number, r: number] {
  const r = Math.hypot(x, y);
  return r === 0 ? [1, 0, 0] : [x / r, y / r, r];
}

/** The last diagonal element is 0: what stands above it goes up its column and out. */
function clearColumn({ diagonal: d, beside: e, v }: Bidiagonal, first: number, last: number): void {
  let out = e[last - 1];
  [d[last], e[last - 1]] = [0, 0];
  for (let k = last - 1; k >= first; k--) {
    const [c, s, r] = turnOnto(d[k], out);
    d[k] = r;
    if (k > first) {
      out = -s * e[k - 1];
      e[k - 1] *= c;
    }
    rotate(v[k], v[last], c, -s);
  }
}

/** A diagonal element within is 0: what stands right of it goes along its row and out. */
function clearRow({ diagonal: d, beside: e, u }: Bidiagonal, zero: number, last: number): void {
  let out = e[zero];
  [d[zero], e[zero]] = [0, 0];
  for (let k = zero + 1; k <= last; k++) {
    const [c, s, r] = turnOnto(d[k], out);
    d[k] = r;
    if (k < last) {
      out = -s * e[k];
      e[k] *= c;
    }
    rotate(u[k], u[zero], c, -s);
  }
}

/** One step over first … last: a bulge is chased from the top to the bottom. */
function stepQr({ diagonal: d, beside: e, u, v }: Bidiagonal, first: number, last: number): void {
  const shift = shiftOf(d, e, first, last);
  let x = (Math.abs(d[first]) - shift) * (Math.sign(d[first]) + shift / d[first]);
  let y = e[first];
  for (let k = first; k < last; k++) {
    const [c, s, r] = turnOnto(x, y);
    if (k > first) e[k - 1] = r;
    x = c * d[k] + s * e[k];
    e[k] = c * e[k] - s * d[k];
    y = s * d[k + 1];
    d[k + 1] *= c;
    rotate(v[k], v[k + 1], c, -s);
    const [c2, s2, r2] = turnOnto(x, y);
    d[k] = r2;
    x = c2 * e[k] + s2 * d[k + 1];
    d[k + 1] = c2 * d[k + 1] - s2 * e[k];
    if (k < last - 1) {
      y = s2 * e[k + 1];
      e[k + 1] *= c2;
    }
    rotate(u[k], u[k + 1], c2, -s2);
  }
  e[last - 1] = x;
}

/** The square root of that eigenvalue of the last 2 × 2 of BᵀB which is nearer to its last element. */
function shiftOf(d: Float64Array, e: Float64Array, first: number, last: number): number {
  const above = last - 1 > first ? e[last - 2] : 0;
  const [p, q, t] = [
    d[last - 1] ** 2 + above ** 2,
    d[last] ** 2 + e[last - 1] ** 2,
    d[last - 1] * e[last - 1],
  ];
  const half = (p - q) / 2;
  const root = Math.hypot(half, t);
  const value = half + (half < 0 ? -root : root);
  return value === 0 ? Math.sqrt(q) : Math.sqrt(Math.max(0, q - t ** 2 / value));
}
