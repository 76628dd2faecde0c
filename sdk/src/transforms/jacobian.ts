import { GradlabError } from "../errors.js";
import { fromArray, grad, jvp, vjp, type Tensor } from "../graph/index.js";
import { concat, reshape } from "../ops/index.js";
import { fromNumbers, sizeOf } from "../tensor/index.js";

/** Passes over the function's graph that one Jacobian may take. */
const LIMIT = 1024;

/**
 * The function that gives ∂y/∂x of a function of one tensor: entry [i…, j…] is ∂yᵢ/∂xⱼ.
 *
 * Row by row in reverse mode, or column by column in forward mode where x has fewer elements than y; each
 * row or column is a copy of the gradient's graph, so this is for small outputs or inputs. For large ones
 * `vjp` and `jvp` give the products that are usually wanted.
 *
 * @returns […y.shape, …x.shape]
 * @throws E_SHAPE when both x and y have more than 1024 elements
 * @source jax.jacrev and jax.jacfwd; values: tests/golden/transforms.json
 * @example
 * const j = jacobian((x: Tensor) => x.mul(x))(tensor([1, 2]));
 * await j.data(); // [2, 0, 0, 4]
 */
export function jacobian(fn: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  return (x) => {
    const [y, pullback] = vjp(fn, x);
    const [rows, columns] = [sizeOf(y.shape), sizeOf(x.shape)];
    if (Math.min(rows, columns) > LIMIT) {
      throw new GradlabError(
        "E_SHAPE",
        `jacobian of ${y.toString()} by ${x.toString()} would take ${Math.min(rows, columns)} passes; ${LIMIT} are allowed.`,
        { hint: "Ask for the products you need with vjp or jvp." },
      );
    }
    if (rows <= columns) {
      const parts = unitVectors(y).map((unit) => reshape(pullback(unit)[0], [1, columns]));
      return reshape(concat(parts), [...y.shape, ...x.shape]);
    }
    const parts = unitVectors(x).map((unit) => reshape(jvp(fn, [x], [unit])[1], [rows, 1]));
    return reshape(concat(parts, 1), [...y.shape, ...x.shape]);
  };
}

/**
 * The function that gives the second derivatives of a scalar function of one tensor: entry [i…, j…] is ∂²f/∂xᵢ∂xⱼ.
 *
 * @returns […x.shape, …x.shape]
 * @throws E_SHAPE when the function gives no scalar, or x has more than 1024 elements
 * @source jax.hessian; values: tests/golden/transforms.json
 * @example
 * const h = hessian((x: Tensor) => x.mul(x).mul(x).sum())(tensor([1, 2]));
 * await h.data(); // [6, 0, 0, 12]
 */
export const hessian = (fn: (x: Tensor) => Tensor): ((x: Tensor) => Tensor) =>
  jacobian((x: Tensor) => grad(fn)(x));

/** For each element of a tensor, the tensor that is 1 there and 0 elsewhere. */
function unitVectors({ shape, dtype }: Tensor): Tensor[] {
  const size = sizeOf(shape);
  return Array.from({ length: size }, (_, at) => {
    const values = new Float64Array(size);
    values[at] = 1;
    return fromArray(fromNumbers(values, shape, dtype));
  });
}
