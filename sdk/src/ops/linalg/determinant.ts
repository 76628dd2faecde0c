import { applyAll, defineOp, type Tensor } from "../../graph/index.js";
import { exp } from "../exp.js";
import { mul } from "../mul.js";
import { transpose } from "../transpose.js";
import { luOf } from "./lu.js";
import { asColumns, matrixSample, perMatrix, requireMatrices, stackOf } from "./matrix.js";
import { inverse } from "./solve.js";

/** Sign and logarithm of the magnitude of a determinant. */
export const slogdetOp = defineOp<Record<string, never>>({
  name: "slogdet",
  doc: "Sign of det A and ln |det A|.",
  traits: ["host"],
  shape: ([a]) => {
    requireMatrices("slogdet", a, true);
    const spec = { shape: stackOf(a), dtype: a.dtype };
    return [spec, spec];
  },
  // d ln |det A| = tr(A⁻¹ dA); the sign is constant.
  vjp: ({ inputs: [a], grads: [, g] }) => [g && mul(transpose(inverse(a)), asColumns(asColumns(g)))],
  reference: (inputs, _, outputs) =>
    perMatrix(inputs, outputs, ([a]) => {
      const { rows, sign } = luOf(a);
      const pivots = rows.map((row, i) => row[i]);
      const signs = pivots.reduce((product, pivot) => product * Math.sign(pivot), sign);
      const logarithm = pivots.reduce((total, pivot) => total + Math.log(Math.abs(pivot)), 0);
      // Not −0.
      return [Float64Array.of(signs + 0), Float64Array.of(logarithm)];
    }),
  samples: () => [
    { inputs: [matrixSample([3, 3])], attrs: {} },
    { inputs: [matrixSample([2, 2, 2], -1)], attrs: {} },
  ],
});

/**
 * Sign and logarithm of determinants, which neither overflow nor underflow. Computed on the host in double precision:
 * it cannot be part of a compiled function.
 *
 * @param a [..., N, N]
 * @returns sign (−1, 0 or 1) and ln |det A| (−∞ for singular A), both [...]; gradients flow through the logarithm
 * @throws E_SHAPE unless square
 * @cost 2/3·N³ flop
 * @source Golub and Van Loan, Matrix Computations, 4th ed., §3.2; values: tests/golden/linalg.json
 * @example slogdet(tensor([[0, 1], [1, 0]])).sign // -1
 */
export function slogdet(a: Tensor): { readonly sign: Tensor; readonly logAbs: Tensor } {
  const [sign, logAbs] = applyAll(slogdetOp, [a], {});
  return { sign, logAbs };
}

/**
 * Determinants. The gradient, det A · A⁻ᵀ, needs A regular.
 *
 * @param a [..., N, N] @returns [...]
 * @throws E_SHAPE unless square
 * @example det(tensor([[1, 2], [3, 4]])) // -2
 */
export function det(a: Tensor): Tensor {
  const { sign, logAbs } = slogdet(a);
  return mul(sign, exp(logAbs));
}
