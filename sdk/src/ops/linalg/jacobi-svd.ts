import { angleOf } from "./jacobi-eigen.js";
import {
  columnsOf,
  dot,
  EPSILON,
  largest,
  lengthOf,
  rotate,
  signOf,
  subtract,
  turned,
  unitVectorsOf,
  type Matrix,
} from "./matrix.js";

const SWEEPS = 60;

export interface Svd {
  /** Orthonormal left vectors, one an entry. */
  readonly u: readonly Float64Array[];
  /** Singular values, descending. */
  readonly s: Float64Array;
  /** Orthonormal right vectors, one an entry. */
  readonly v: readonly Float64Array[];
}

/**
 * A = U diag(s) Vᵀ: rotations make the columns of A orthogonal, pair by pair; their lengths are then the singular
 * values, which come out with high relative accuracy.
 *
 * @returns min(M, N) vectors of each kind, the largest element of each right one positive
 * @cost about 6·M·N² flop a sweep, for the longer side M; eight sweeps or so
 * @source Hestenes 1958; Demmel and Veselić 1992
 */
export function jacobiSvd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, s, v } = jacobiSvd(turned(a));
    return signed({ u: v, s, v: u });
  }
  const scale = largest(a.data);
  if (scale === 0 || !Number.isFinite(scale)) return ofZeros(a, scale);
  const columns = columnsOf(a).map((column) => column.map((x) => x / scale));
  const v = unitVectorsOf(a.columns, a.columns);
  const negligible = EPSILON * Math.hypot(...columns.map(lengthOf));
  for (let sweep = 0; sweep < SWEEPS && sweepOnce(columns, v, negligible); sweep++);
  const lengths = columns.map(lengthOf);
  const order = lengths.map((_, i) => i).sort((i, j) => lengths[j] - lengths[i]);
  const s = Float64Array.from(order, (i) => lengths[i] * scale);
  // What is left of a dependent column has no direction of its own.
  const rank = order.filter((i) => lengths[i] > a.rows * negligible).length;
  const u: Float64Array[] = order.slice(0, rank).map((i) => columns[i].map((x) => x / lengths[i]));
  while (u.length < order.length) u.push(anotherUnit(u, a.rows));
  return signed({ u, s, v: order.map((i) => v[i]) });
}

/** NaN stays NaN. */
const ofZeros = ({ rows, columns }: Matrix, scale: number): Svd => ({
  u: unitVectorsOf(columns, rows),
  s: new Float64Array(columns).fill(scale === 0 ? 0 : NaN),
  v: unitVectorsOf(columns, columns),
});

export const signed = ({ u, s, v }: Svd): Svd => ({
  s,
  u: u.map((x, i) => x.map((value) => value * signOf(v[i]))),
  v: v.map((x) => x.map((value) => value * signOf(x))),
});

/** One rotation for every pair of columns that is not orthogonal; false when none was needed. */
function sweepOnce(columns: Float64Array[], v: Float64Array[], negligible: number): boolean {
  let any = false;
  for (let p = 0; p < columns.length; p++) {
    for (let q = p + 1; q < columns.length; q++) {
      const alpha = dot(columns[p], columns[p]);
      const beta = dot(columns[q], columns[q]);
      const gamma = dot(columns[p], columns[q]);
      const small = Math.sqrt(Math.min(alpha, beta)) <= negligible;
      if (small || !(Math.abs(gamma) > EPSILON * Math.sqrt(alpha) * Math.sqrt(beta))) continue;
      const [c, s] = angleOf((beta - alpha) / (2 * gamma));
      rotate(columns[p], columns[q], c, s);
      rotate(v[p], v[q], c, s);
      any = true;
    }
  }
  return any;
}

/** A unit vector orthogonal to the given ones: what they leave of a basis vector. */
function anotherUnit(known: readonly Float64Array[], length: number): Float64Array {
  for (const candidate of unitVectorsOf(length, length)) {
    // Twice, since the first pass leaves rounding errors of the part it takes away.
    for (let pass = 0; pass < 2; pass++) known.forEach((x) => subtract(candidate, dot(x, candidate), x));
    const rest = lengthOf(candidate);
    if (rest > Math.sqrt(0.5 / length)) return candidate.map((x) => x / rest);
  }
  throw new Error("As many orthonormal vectors as axes leave no room for another.");
}
