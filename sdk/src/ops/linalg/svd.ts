import { applyAll, defineOp, type Tensor } from "../../graph/index.js";
import { addDefined } from "../add.js";
import { div } from "../div.js";
import { matmul } from "../matmul.js";
import { mul } from "../mul.js";
import { sub } from "../sub.js";
import { transpose } from "../transpose.js";
import { thinSvd } from "./bidiagonal-svd.js";
import { inverseGaps, onDiagonal } from "./eigh.js";
import {
  asColumns,
  asRows,
  flatColumns,
  flatRows,
  matrixSample,
  perMatrix,
  requireMatrices,
  stackOf,
} from "./matrix.js";

/** The thin singular value decomposition. */
export const svdOp = defineOp<Record<string, never>>({
  name: "svd",
  doc: "A = U diag(s) Vᵀ with min(M, N) singular values, descending.",
  traits: ["host"],
  shape: ([a]) => {
    requireMatrices("svd", a);
    const [rows, columns] = a.shape.slice(-2);
    const [stack, rank] = [stackOf(a), Math.min(rows, columns)];
    const shapes = [[rows, rank], [rank], [rank, columns]];
    return shapes.map((shape) => ({ shape: [...stack, ...shape], dtype: a.dtype }));
  },
  // Townsend 2016, "Differentiating the singular value decomposition", eqs. 30–31.
  vjp: ({ outputs: [u, s, vt], grads: [gu, gs, gvt] }) => {
    const gaps = inverseGaps(mul(s, s));
    const twist = (x: Tensor): Tensor => mul(sub(x, transpose(x)), gaps);
    const ug = gu && matmul(u, gu, { transA: true });
    const vg = gvt && matmul(vt, gvt, { transB: true });
    const inner = addDefined(
      addDefined(gs && onDiagonal(gs), ug && mul(twist(ug), asRows(s))),
      vg && mul(twist(vg), asColumns(s)),
    );
    const within = inner && matmul(matmul(u, inner), vt);
    // What leaves the spaces that U and V span.
    const left = gu && ug && matmul(div(sub(gu, matmul(u, ug)), asRows(s)), vt);
    const right = gvt && vg && matmul(u, div(sub(gvt, matmul(vg, vt, { transA: true })), asColumns(s)));
    return [addDefined(addDefined(within, left), right)];
  },
  reference: (inputs, _, outputs) =>
    perMatrix(inputs, outputs, ([a]) => {
      const { u, s, v } = thinSvd(a);
      return [flatColumns(u), s, flatRows(v)];
    }),
  samples: () =>
    [
      [3, 3],
      [2, 4, 2],
      [2, 3],
    ].map((shape) => ({ inputs: [matrixSample(shape)], attrs: {} })),
});

/**
 * Singular value decomposition A = U diag(s) Vᵀ. Computed on the host in double precision: it cannot be part of a
 * compiled function.
 *
 * @param a [..., M, N]; K = min(M, N)
 * @returns u [..., M, K] and vt [..., K, N] with orthonormal columns and rows, s [..., K] descending; the largest element
 *   of each row of vt is positive. Gradients through u and vt need distinct singular values, above 0 unless M = N.
 * @throws E_SHAPE for fewer than two axes
 * @cost about 50·max(M, N)·K² flop up to K = 64, a quarter of that above, where values err by rounding of the largest
 * @source Hestenes 1958 (one-sided Jacobi); Golub and Kahan 1965; gradient: Townsend 2016; values: tests/golden/linalg.json
 * @example svd(tensor([[3, 0], [0, 4]])).s // [4, 3]
 */
export function svd(a: Tensor): { readonly u: Tensor; readonly s: Tensor; readonly vt: Tensor } {
  const [u, s, vt] = applyAll(svdOp, [a], {});
  return { u, s, vt };
}
