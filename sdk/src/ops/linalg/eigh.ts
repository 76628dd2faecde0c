import { applyAll, defineOp, type Tensor } from "../../graph/index.js";
import { addDefined } from "../add.js";
import { add } from "../add.js";
import { div } from "../div.js";
import { eye } from "../eye.js";
import { matmul } from "../matmul.js";
import { mul } from "../mul.js";
import { sub } from "../sub.js";
import {
  asColumns,
  asRows,
  flatColumns,
  matrixSample,
  perMatrix,
  requireMatrices,
  symmetric,
} from "./matrix.js";
import { symmetricEigen } from "./tridiagonal-eigen.js";

/** Eigenvalues and eigenvectors of symmetric matrices. */
export const eighOp = defineOp<Record<string, never>>({
  name: "eigh",
  doc: "Eigenvalues, ascending, and orthonormal eigenvectors (columns) of (A + Aᵀ)/2.",
  traits: ["host"],
  shape: ([a]) => {
    requireMatrices("eigh", a, true);
    return [
      { shape: a.shape.slice(0, -1), dtype: a.dtype },
      { shape: a.shape, dtype: a.dtype },
    ];
  },
  vjp: ({ outputs: [values, vectors], grads: [g, gv] }) => {
    const turning = gv && mul(matmul(vectors, gv, { transA: true }), inverseGaps(values));
    const inner = addDefined(g && onDiagonal(g), turning);
    return [inner && symmetric(matmul(matmul(vectors, inner), vectors, { transB: true }))];
  },
  reference: (inputs, _, outputs) =>
    perMatrix(inputs, outputs, ([a]) => {
      const [values, vectors] = symmetricEigen(a);
      return [values, flatColumns(vectors)];
    }),
  samples: () => [
    { inputs: [matrixSample([3, 3])], attrs: {} },
    { inputs: [matrixSample([2, 2, 2])], attrs: {} },
  ],
});

const identityLike = (x: Tensor): Tensor => eye(x.shape[x.rank - 1], undefined, 0, x.dtype);

/** The matrix with x on its diagonal. */
export const onDiagonal = (x: Tensor): Tensor => mul(asRows(x), identityLike(x));

/** 1 / (xⱼ − xᵢ), and 0 on the diagonal; infinite for equal entries. */
export function inverseGaps(x: Tensor): Tensor {
  const same = identityLike(x);
  return div(sub(1, same), add(sub(asRows(x), asColumns(x)), same));
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices: A v = λ v. Of A only the symmetric part (A + Aᵀ)/2 is read.
 * Computed on the host in double precision: it cannot be part of a compiled function.
 *
 * @param a [..., N, N]
 * @returns values λ [..., N], ascending, and vectors [..., N, N], one a column, orthonormal, the largest element of each
 *   positive. Gradients through the vectors are infinite where eigenvalues are equal.
 * @throws E_SHAPE unless square
 * @cost about 60·N³ flop up to N = 64, 10·N³ above
 * @source Jacobi 1846; Golub and Van Loan, Matrix Computations, 4th ed., §8.3, §8.5; values: tests/golden/linalg.json
 * @example eigh(tensor([[2, 1], [1, 2]])).values // [1, 3]
 */
export function eigh(a: Tensor): { readonly values: Tensor; readonly vectors: Tensor } {
  const [values, vectors] = applyAll(eighOp, [a], {});
  return { values, vectors };
}
