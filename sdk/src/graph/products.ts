import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { backward, gradOps } from "./backward.js";
import { grad, independent } from "./grad.js";
import type { Tensor } from "./tensor.js";
import { fillTree, leavesOf, type TensorsLike } from "./tree.js";

/**
 * A function's value and its vector-Jacobian product: `pullback(v)` gives vᵀ·∂y/∂x for every argument x.
 *
 * @param fn gives a tensor, or lists and records of them; v has the same arrangement
 * @returns [value, pullback]; the pullback may be called again with other vectors
 * @throws E_SHAPE when a vector does not have the shape of its output
 * @source jax.vjp, torch.func.vjp
 * @example
 * const [y, pullback] = vjp((x: Tensor) => x.mul(x), tensor([1, 2]));
 * await y.data(); // [1, 4]
 * const [dx] = pullback(tensor([1, 10]));
 * await dx.data(); // [2, 40]
 */
export function vjp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  ...args: A
): [value: R, pullback: (vectors: TensorsLike<R>) => { readonly [K in keyof A]: TensorsLike<A[K]> }] {
  const { args: own, xs } = independent(args);
  const value = fn(...own);
  const ys = leavesOf(value);
  return [
    value,
    (vectors) => {
      const seeds = matching("vjp", "the vector", leavesOf(vectors), ys);
      const flat = xs.flat();
      const gradients = backward(ys, seeds, flat).map((g, i) => g ?? gradOps().filled(0, flat[i]));
      return fillTree(args, gradients) as { readonly [K in keyof A]: TensorsLike<A[K]> };
    },
  ];
}

/**
 * A function's value and its Jacobian-vector product Σ ∂y/∂x · v: how y moves when the arguments move along v.
 *
 * Computed by differentiating the vector-Jacobian product, which is linear in its vector, by that vector.
 *
 * @param primals  the arguments
 * @param tangents one for each, of the same arrangement and shapes
 * @returns [value, tangent of the value]
 * @throws E_SHAPE when a tangent does not have the shape of its argument
 * @source the double-backward trick of Townsend 2017; the same as jax.jvp and torch.func.jvp
 * @example
 * const [, dy] = jvp((x: Tensor) => x.mul(x), [tensor([3])], [tensor([10])]);
 * await dy.data(); // [60]
 */
export function jvp<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  primals: A,
  tangents: { readonly [K in keyof A]: TensorsLike<A[K]> },
): [value: R, tangent: TensorsLike<R>] {
  const { args, xs } = independent(primals);
  const value = fn(...args);
  const ys = leavesOf(value);
  const flat = xs.flat();
  const directions = matching("jvp", "the tangent", leavesOf(tangents), flat);
  // Linear in these vectors: their values never matter.
  const vectors = ys.map((y) => gradOps().filled(0, y));
  const products = backward(ys, vectors, flat);
  const reached = products.flatMap((g, i) => (g ? [{ g, direction: directions[i] }] : []));
  const moved = backward(
    reached.map(({ g }) => g),
    reached.map(({ direction }) => direction),
    vectors,
  );
  const tangent = moved.map((t, i) => t ?? gradOps().filled(0, ys[i]));
  return [value, fillTree(value, tangent)];
}

/**
 * The Hessian of a scalar function times a vector, H·v, without forming H: the gradient of ∇f·v.
 * Costs about as much as two gradients.
 *
 * @param primals the arguments
 * @param vectors one for each, of the same arrangement and shapes
 * @returns H·v, of the arrangement of the arguments
 * @throws E_SHAPE when the function gives no scalar or a vector does not have the shape of its argument
 * @source Pearlmutter 1994, "Fast exact multiplication by the Hessian" (reverse over reverse, as H is symmetric)
 * @example
 * const [hv] = hessianVectorProduct((x: Tensor) => x.mul(x).mul(x).sum(), [tensor([1, 2])], [tensor([1, 1])]);
 * await hv.data(); // [6, 12]
 */
export function hessianVectorProduct<A extends readonly unknown[]>(
  fn: (...args: A) => Tensor,
  primals: A,
  vectors: { readonly [K in keyof A]: TensorsLike<A[K]> },
): { readonly [K in keyof A]: TensorsLike<A[K]> } {
  const { args, xs } = independent(primals);
  const flat = xs.flat();
  const along = matching("hessianVectorProduct", "the vector", leavesOf(vectors), flat);
  const gradients = grad(fn(...args), flat);
  const products = backward(gradients, along, flat).map((h, i) => h ?? gradOps().filled(0, flat[i]));
  return fillTree(primals, products) as { readonly [K in keyof A]: TensorsLike<A[K]> };
}

/** @throws E_SHAPE where a vector does not have the shape and dtype of what it goes with */
function matching(
  operation: string,
  what: string,
  vectors: readonly Tensor[],
  models: readonly Tensor[],
): readonly Tensor[] {
  const text = (tensors: readonly Tensor[]): string => tensors.map(String).join(", ");
  const fits =
    vectors.length === models.length &&
    vectors.every(
      (vector, i) => sameShape(vector.shape, models[i].shape) && vector.dtype === models[i].dtype,
    );
  if (fits) return vectors;
  throw new GradlabError(
    "E_SHAPE",
    `${operation}: ${what} is ${text(vectors)}; it goes with ${text(models)}.`,
    {
      hint: "Give one tensor of the same shape and dtype for each.",
    },
  );
}
