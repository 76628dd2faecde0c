import { applyAll, defineOp, specText, type Tensor } from "../../graph/index.js";
import { GradlabError } from "../../errors.js";
import { add, addDefined } from "../add.js";
import { concat } from "../concat.js";
import { matmul } from "../matmul.js";
import { neg } from "../neg.js";
import { slice } from "../slice.js";
import { transpose } from "../transpose.js";
import { tril } from "../trilu.js";
import { householderQr } from "./householder.js";
import { matrixSample, perMatrix, requireMatrices, stackOf } from "./matrix.js";
import { triangularSolve } from "./triangular-solve.js";

/** The thin QR factorization of matrices at least as high as wide. */
export const qrOp = defineOp<Record<string, never>>({
  name: "qr",
  doc: "A = Q R for M ≥ N, Q's columns orthonormal, R upper triangular with a diagonal that is not negative.",
  traits: ["host"],
  shape: ([a]) => {
    requireMatrices("qr", a);
    const [rows, columns] = a.shape.slice(-2);
    if (rows < columns) throw new GradlabError("E_SHAPE", `qr: ${specText(a)} is wider than high.`);
    return [
      { shape: a.shape, dtype: a.dtype },
      { shape: [...stackOf(a), columns, columns], dtype: a.dtype },
    ];
  },
  // dA = (dQ + Q copyltu(R dRᵀ − dQᵀ Q)) R⁻ᵀ (Walter and Lehmann 2010; Seeger et al. 2017, §5.2).
  vjp: ({ outputs: [q, r], grads: [gq, gr] }) => {
    const skew = addDefined(
      gr && matmul(r, gr, { transB: true }),
      gq && neg(matmul(gq, q, { transA: true })),
    );
    if (!skew) return [];
    const mirrored = add(tril(skew), transpose(tril(skew, -1)));
    const moved = addDefined(gq, matmul(q, mirrored))!;
    return [transpose(triangularSolve(r, transpose(moved), { lower: false }))];
  },
  reference: (inputs, _, outputs) => perMatrix(inputs, outputs, ([a]) => householderQr(a)),
  samples: () =>
    [
      [3, 3],
      [2, 4, 2],
    ].map((shape) => ({ inputs: [matrixSample(shape)], attrs: {} })),
});

/**
 * QR factorization A = Q R. Computed on the host in double precision: it cannot be part of a compiled function.
 *
 * @param a [..., M, N]; K = min(M, N)
 * @returns q [..., M, K] with orthonormal columns and r [..., K, N], upper triangular with a diagonal that is not negative.
 *   Gradients need the first K columns of A independent.
 * @throws E_SHAPE for fewer than two axes
 * @cost about 4·M·N·K flop
 * @source Householder 1958; Golub and Van Loan, Matrix Computations, 4th ed., §5.2; values: tests/golden/linalg.json
 * @example qr(tensor([[3, 1], [4, 2]])).r // [[5, 2.2], [0, 0.4]]
 */
export function qr(a: Tensor): { readonly q: Tensor; readonly r: Tensor } {
  requireMatrices("qr", a);
  const [rows, columns] = a.shape.slice(-2);
  const [q, r] = applyAll(qrOp, [slice(a, 0, Math.min(rows, columns), a.rank - 1)], {});
  if (columns <= rows) return { q, r };
  const rest = slice(a, rows, columns, a.rank - 1);
  return { q, r: concat([r, matmul(q, rest, { transA: true })], a.rank - 1) };
}
