import { apply, defineOp, specText, type Tensor } from "../../graph/index.js";
import { GradlabError } from "../../errors.js";
import { sameShape } from "../../tensor/index.js";
import { add } from "../add.js";
import { matmul } from "../matmul.js";
import { neg } from "../neg.js";
import { sub } from "../sub.js";
import { transpose } from "../transpose.js";
import { thinSvd } from "./bidiagonal-svd.js";
import {
  EPSILON,
  flatRows,
  matrixSample,
  perMatrix,
  requireMatrices,
  stackOf,
  subtract,
  type Matrix,
} from "./matrix.js";

type PinvAttrs = { readonly tolerance: number };

/** The pseudoinverse. */
export const pinvOp = defineOp<PinvAttrs>({
  name: "pinv",
  doc: "The pseudoinverse A⁺, singular values below tolerance times the largest taken for zeros.",
  traits: ["host"],
  shape: ([a]) => {
    requireMatrices("pinv", a);
    return [{ shape: [...stackOf(a), ...a.shape.slice(-2).reverse()], dtype: a.dtype }];
  },
  // dA⁺ = −A⁺ dA A⁺ + A⁺A⁺ᵀ dAᵀ (I − AA⁺) + (I − A⁺A) dAᵀ A⁺ᵀA⁺ (Golub and Pereyra 1973), transposed.
  vjp: ({ inputs: [a], outputs: [p], grads: [g] }) => {
    if (!g) return [];
    const pt = transpose(p);
    const through = neg(matmul(matmul(pt, g), pt));
    const fromLeft = matmul(matmul(transpose(g), p), pt);
    const fromRight = matmul(matmul(pt, p), transpose(g));
    const left = sub(fromLeft, matmul(a, matmul(p, fromLeft)));
    const right = sub(fromRight, matmul(matmul(fromRight, p), a));
    return [add(through, add(left, right))];
  },
  reference: (inputs, { tolerance }, outputs) =>
    perMatrix(inputs, outputs, ([a]) => [pseudoinverse(a, tolerance)]),
  samples: () =>
    [
      [3, 3],
      [2, 4, 2],
      [2, 3],
    ].map((shape) => ({ inputs: [matrixSample(shape)], attrs: { tolerance: 1e-12 } })),
});

/** Σ vᵢ uᵢᵀ / sᵢ over the singular values that count. */
function pseudoinverse(a: Matrix, tolerance: number): Float64Array {
  const { u, s, v } = thinSvd(a);
  const rows = Array.from({ length: a.columns }, () => new Float64Array(a.rows));
  s.forEach((value, i) => {
    if (value > tolerance * s[0]) rows.forEach((row, j) => subtract(row, -v[i][j] / value, u[i]));
  });
  return flatRows(rows);
}

export interface PinvOptions {
  /** Singular values below this part of the largest count as zeros. Default max(M, N) · ε of the dtype. */
  readonly tolerance?: number;
}

/**
 * Pseudoinverse (Moore-Penrose): A⁺ = V diag(1/s) Uᵀ over the singular values that are not negligible. Computed on the
 * host in double precision: it cannot be part of a compiled function.
 *
 * @param a [..., M, N]
 * @returns A⁺ [..., N, M]; its gradient takes the rank for constant
 * @throws E_SHAPE for fewer than two axes
 * @source Penrose 1955; gradient: Golub and Pereyra 1973; values: tests/golden/linalg.json
 * @example pinv(tensor([[2, 0], [0, 0]])) // [[0.5, 0], [0, 0]]
 */
export function pinv(a: Tensor, options: PinvOptions = {}): Tensor {
  requireMatrices("pinv", a);
  const precision = a.dtype === "float64" ? EPSILON : 2 ** -23;
  return apply(pinvOp, [a], { tolerance: options.tolerance ?? Math.max(...a.shape.slice(-2)) * precision });
}

/**
 * Least squares: the X that makes ‖A X − B‖ smallest, and of those the smallest, A⁺B.
 *
 * @param a [..., M, N] of any rank
 * @param b [..., M, K]
 * @returns X [..., N, K]
 * @throws E_SHAPE with both shapes
 * @source Golub and Van Loan, Matrix Computations, 4th ed., §5.5; values: tests/golden/linalg.json
 * @example lstsq(tensor([[1], [1]]), tensor([[1], [3]])) // [[2]]
 */
export function lstsq(a: Tensor, b: Tensor, options: PinvOptions = {}): Tensor {
  requireMatrices("lstsq", a);
  if (b.rank < 2 || !sameShape(stackOf(a), stackOf(b)) || a.shape[a.rank - 2] !== b.shape[b.rank - 2]) {
    throw new GradlabError(
      "E_SHAPE",
      `lstsq: ${specText(a)} and right sides ${specText(b)} do not fit; expected [..., M, N] and [..., M, K].`,
    );
  }
  return matmul(pinv(a, options), b);
}
