import { apply, defineOp, type Sample, type Tensor } from "../../graph/index.js";
import { GradlabError } from "../../errors.js";
import { matmul } from "../matmul.js";
import { mul } from "../mul.js";
import { sub } from "../sub.js";
import { transpose } from "../transpose.js";
import { tril } from "../trilu.js";
import { eye } from "../eye.js";
import { dot, flatRows, matrixSample, perMatrix, requireMatrices, symmetric, type Matrix } from "./matrix.js";
import { triangularSolve } from "./triangular-solve.js";

/** The lower triangular factor of a positive definite matrix. */
export const choleskyOp = defineOp<Record<string, never>>({
  name: "cholesky",
  doc: "L with L Lᵀ = (A + Aᵀ)/2, lower triangular with a positive diagonal.",
  traits: ["host"],
  shape: ([a]) => {
    requireMatrices("cholesky", a, true);
    return [{ shape: a.shape, dtype: a.dtype }];
  },
  // With Φ(X) the lower triangle with half the diagonal: dA = sym(L⁻ᵀ Φ(Lᵀ dL) L⁻¹) (Murray 2016, eq. 9).
  vjp: ({ outputs: [l], grads: [g] }) => {
    if (!g) return [];
    const product = tril(matmul(l, g, { transA: true }));
    const phi = sub(product, mul(product, mul(eye(l.shape[l.rank - 1], undefined, 0, l.dtype), 0.5)));
    const left = triangularSolve(l, phi, { transposed: true });
    return [symmetric(triangularSolve(l, transpose(left), { transposed: true }))];
  },
  reference: (inputs, _, outputs) => perMatrix(inputs, outputs, ([a], name) => [flatRows(factor(a, name))]),
  samples: () =>
    [
      [3, 3],
      [2, 2, 2],
    ].map<Sample<Record<string, never>>>((shape) => ({ inputs: [matrixSample(shape, 4)], attrs: {} })),
});

/** Row by row: what the products of earlier columns leave of A. @source Golub and Van Loan, 4th ed., algorithm 4.2.1 */
function factor({ rows: n, data }: Matrix, name: string): Float64Array[] {
  const l = Array.from({ length: n }, () => new Float64Array(n));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const given = (data[i * n + j] + data[j * n + i]) / 2;
      const rest = given - dot(l[i].subarray(0, j), l[j].subarray(0, j));
      if (i !== j) l[i][j] = rest / l[j][j];
      else if (rest > 0) l[i][i] = Math.sqrt(rest);
      else {
        throw new GradlabError(
          "E_MATRIX",
          `cholesky: ${name} is not positive definite: its leading ${i + 1} × ${i + 1} part is not.`,
          { hint: "Add a small multiple of the identity, or use eigh." },
        );
      }
    }
  }
  return l;
}

/**
 * Cholesky factorization of symmetric positive definite matrices: A = L Lᵀ. Of A only the symmetric part (A + Aᵀ)/2 is
 * read. Computed on the host in double precision: it cannot be part of a compiled function.
 *
 * @param a [..., N, N]
 * @returns L [..., N, N], lower triangular with a positive diagonal
 * @throws E_SHAPE unless square; E_MATRIX (at run time) unless positive definite
 * @cost N³/3 flop
 * @source Golub and Van Loan, Matrix Computations, 4th ed., §4.2; gradient: Murray 2016; values: tests/golden/linalg.json
 * @example cholesky(tensor([[4, 2], [2, 5]])) // [[2, 0], [1, 2]]
 */
export const cholesky = (a: Tensor): Tensor => apply(choleskyOp, [a], {});
