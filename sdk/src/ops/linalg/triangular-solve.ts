import { apply, defineOp, specText, type OpDefinition, type Spec, type Tensor } from "../../graph/index.js";
import { GradlabError } from "../../errors.js";
import { sameShape } from "../../tensor/index.js";
import { requireSameDType } from "../broadcast.js";
import { matmul } from "../matmul.js";
import { neg } from "../neg.js";
import { tril, triu } from "../trilu.js";
import {
  flatRows,
  matrixSample,
  perMatrix,
  requireMatrices,
  rowsOf,
  stackOf,
  subtract,
  type Matrix,
} from "./matrix.js";

type TriangularAttrs = { readonly lower: boolean; readonly transposed: boolean };

/** X with T X = B, or Tᵀ X = B, for triangular T. */
export const triangularSolveOp: OpDefinition<TriangularAttrs> = defineOp<TriangularAttrs>({
  name: "triangularSolve",
  doc: "X with T X = B, or Tᵀ X = B, reading one triangle of T.",
  traits: ["host"],
  shape: ([t, b]) => [solutionSpec("triangularSolve", t, b)],
  vjp: ({ inputs: [t], outputs: [x], grads: [g], attrs: { lower, transposed }, need }) => {
    if (!g) return [];
    const db = apply(triangularSolveOp, [t, g], { lower, transposed: !transposed });
    const [left, right] = transposed ? [x, db] : [db, x];
    const dt = (): Tensor => (lower ? tril : triu)(neg(matmul(left, right, { transB: true })));
    return [need[0] ? dt() : undefined, db];
  },
  reference: (inputs, attrs, outputs) =>
    perMatrix(inputs, outputs, ([t, b], name) => [flatRows(substitute(t, b, attrs, name))]),
  samples: () =>
    [true, false].flatMap((lower) =>
      [true, false].map((transposed) => ({
        inputs: [matrixSample([2, 3, 3]), matrixSample([2, 3, 2], 0, 5)],
        attrs: { lower, transposed },
      })),
    ),
});

/** Row after row of X, from the end of the triangle that has one unknown. */
function substitute(
  t: Matrix,
  b: Matrix,
  { lower, transposed }: TriangularAttrs,
  name: string,
): Float64Array[] {
  const n = t.rows;
  const at = (i: number, j: number): number => t.data[transposed ? j * n + i : i * n + j];
  const x = rowsOf(b);
  const order = x.map((_, i) => (lower === transposed ? n - 1 - i : i));
  order.forEach((i, k) => {
    if (at(i, i) === 0) {
      throw new GradlabError("E_MATRIX", `triangularSolve: ${name} is singular: diagonal element ${i} is 0.`);
    }
    for (const j of order.slice(0, k)) subtract(x[i], at(i, j), x[j]);
    x[i].forEach((value, column) => (x[i][column] = value / at(i, i)));
  });
  return x;
}

/** The shape of X in A X = B. @throws E_SHAPE, E_DTYPE with both */
export function solutionSpec(operation: string, a: Spec, b: Spec): Spec {
  requireMatrices(operation, a, true);
  requireSameDType(operation, [a, b]);
  const fits = b.shape.length >= 2 && sameShape(stackOf(a), stackOf(b)) && a.shape.at(-1) === b.shape.at(-2);
  if (fits) return { shape: b.shape, dtype: b.dtype };
  throw new GradlabError(
    "E_SHAPE",
    `${operation}: ${specText(a)} and right sides ${specText(b)} do not fit; expected [..., N, N] and [..., N, K].`,
  );
}

export interface TriangularOptions {
  /** Which triangle of T is read; the other is taken for zeros. Default true. */
  readonly lower?: boolean;
  /** Solve Tᵀ X = B. Default false. */
  readonly transposed?: boolean;
}

/**
 * Solves T X = B for triangular T by substitution. Computed on the host in double precision: it cannot be part of a
 * compiled function.
 *
 * @param t [..., N, N]
 * @param b [..., N, K]
 * @returns X [..., N, K]
 * @throws E_SHAPE with both shapes; E_MATRIX (at run time) for a zero on the diagonal
 * @cost N²·K flop
 * @source Golub and Van Loan, Matrix Computations, 4th ed., §3.1; values: tests/golden/linalg.json
 * @example triangularSolve(tensor([[2, 0], [1, 1]]), tensor([[2], [3]])) // [[1], [2]]
 */
export const triangularSolve = (t: Tensor, b: Tensor, options: TriangularOptions = {}): Tensor =>
  apply(triangularSolveOp, [t, b], { lower: options.lower ?? true, transposed: options.transposed ?? false });
