import { apply, defineOp, type OpDefinition, type Tensor } from "../../graph/index.js";
import { expand } from "../expand.js";
import { eye } from "../eye.js";
import { matmul } from "../matmul.js";
import { neg } from "../neg.js";
import { transpose } from "../transpose.js";
import { luOf, solveBy } from "./lu.js";
import { flatRows, matrixSample, perMatrix, requireMatrices } from "./matrix.js";
import { solutionSpec } from "./triangular-solve.js";

/** X with A X = B. */
export const solveOp: OpDefinition<Record<string, never>> = defineOp<Record<string, never>>({
  name: "solve",
  doc: "X with A X = B, by elimination with row pivoting.",
  traits: ["host"],
  shape: ([a, b]) => [solutionSpec("solve", a, b)],
  vjp: ({ inputs: [a], outputs: [x], grads: [g], need }) => {
    if (!g) return [];
    const db = solve(transpose(a), g);
    return [need[0] ? neg(matmul(db, x, { transB: true })) : undefined, db];
  },
  reference: (inputs, _, outputs) =>
    perMatrix(inputs, outputs, ([a, b], name) => [flatRows(solveBy(luOf(a), a, b, name))]),
  samples: () => [
    { inputs: [matrixSample([3, 3]), matrixSample([3, 2], 0, 4)], attrs: {} },
    { inputs: [matrixSample([2, 2, 2]), matrixSample([2, 2, 1], 0, 4)], attrs: {} },
  ],
});

/**
 * Solves A X = B by elimination with row pivoting. Computed on the host in double precision: it cannot be part of a
 * compiled function.
 *
 * @param a [..., N, N]
 * @param b [..., N, K]
 * @returns X [..., N, K]
 * @throws E_SHAPE with both shapes; E_MATRIX (at run time) when A is singular to double precision
 * @cost 2/3·N³ + 2·N²·K flop
 * @source Golub and Van Loan, Matrix Computations, 4th ed., §3.4; values: tests/golden/linalg.json
 * @example solve(tensor([[2, 1], [1, 3]]), tensor([[3], [5]])) // [[0.8], [1.4]]
 */
export const solve = (a: Tensor, b: Tensor): Tensor => apply(solveOp, [a, b], {});

/**
 * The inverse of each matrix, A⁻¹; to compute A⁻¹B, {@link solve} is faster and more accurate.
 *
 * @param a [..., N, N]
 * @throws E_SHAPE unless square; E_MATRIX (at run time) when A is singular to double precision
 * @example inverse(tensor([[2, 0], [0, 4]])) // [[0.5, 0], [0, 0.25]]
 */
export function inverse(a: Tensor): Tensor {
  requireMatrices("inverse", a, true);
  return solve(a, expand(eye(a.shape[a.rank - 1], undefined, 0, a.dtype), a.shape));
}
