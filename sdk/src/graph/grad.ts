import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { backward, gradOps } from "./backward.js";
import { fingerprint } from "./fingerprint.js";
import { GradientNode } from "./gradient-node.js";
import { alias } from "./identity.js";
import { gradientOf, withOrigin } from "./origin.js";
import { outputsOf, Tensor } from "./tensor.js";
import { fillTree, leavesOf, type TensorsLike } from "./tree.js";

export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  /** Which arguments to differentiate by: a position, or several. Default 0. */
  readonly argnums?: N;
}

/** Gradients by one argument have its arrangement; by several, they come as a list. */
export type GradientsOf<A extends readonly unknown[], N> = N extends number
  ? TensorsLike<A[N]>
  : { readonly [K in keyof N]: N[K] extends number ? TensorsLike<A[N[K]]> : never };

/**
 * Reverse-mode gradients: ∂y/∂x for each x, as new lazy tensors of x's shape. A gradient is a graph
 * like any other, so it can be differentiated again.
 *
 * Given a function, `grad` gives the function that computes its gradient; see {@link valueAndGrad}.
 *
 * @param y   scalar (any tensor when `seed` gives the vector of the vector-Jacobian product)
 * @param xs  tensors y may depend on; zeros where it does not
 * @throws E_SHAPE when y is not a scalar and no seed is given, or the seed has another shape than y
 * @throws E_NOT_DIFFERENTIABLE when the path crosses an op without a gradient
 * @source Baydin et al. 2018, "Automatic differentiation in machine learning: a survey", §3.2
 * @example
 * const x = tensor([3]); const [dx] = grad(x.mul(x).sum(), [x]); await dx.data(); // [6]
 * const slope = grad((t: Tensor) => t.mul(t).sum());
 * await slope(tensor([3])).data(); // [6]
 */
export function grad(y: Tensor, xs: readonly Tensor[], seed?: Tensor): Tensor[];
export function grad<A extends readonly unknown[], const N extends number | readonly number[] = 0>(
  fn: (...args: A) => Tensor,
  options?: GradOptions<N>,
): (...args: A) => GradientsOf<A, N>;
export function grad(
  y: Tensor | ((...args: readonly unknown[]) => Tensor),
  second: readonly Tensor[] | GradOptions = [],
  seed?: Tensor,
): Tensor[] | ((...args: readonly unknown[]) => unknown) {
  if (!(y instanceof Tensor)) {
    const both = valueAndGrad(y, second as GradOptions);
    return (...args) => both(...args)[1];
  }
  return gradients(y, second as readonly Tensor[], seed ? requireSeed(y, seed) : scalarSeed(y));
}

/** Expressions whose gradients were built, latest last. */
const known = new Set<string>();
const KNOWN_LIMIT = 256;

/** Builds gradients the first time; of an expression of a known form they are built when somebody looks inside. */
function gradients(y: Tensor, wanted: readonly Tensor[], seed: Tensor): Tensor[] {
  // Variables may be given other values before the gradients are built.
  const of = [y, seed, ...wanted].map(({ node, index }) => new Tensor(node, index));
  const [from, arriving, ...xs] = of;
  const build = (): Tensor[] =>
    backward([from], [arriving], xs).map((g, i) => g ?? gradOps().filled(0, xs[i]));
  const { key, gradientsFollow } = fingerprint(of);
  if (!gradientsFollow || xs.length === 0) return build();
  if (known.delete(key)) {
    known.add(key);
    const specs = xs.map(({ shape, dtype }) => ({ shape, dtype }));
    const made = gradientOf(y.node.made);
    return outputsOf(new GradientNode(of, () => withOrigin(made, build), specs, made));
  }
  const built = build();
  known.add(key);
  if (known.size > KNOWN_LIMIT) known.delete(known.keys().next().value!);
  return built;
}

function scalarSeed(y: Tensor): Tensor {
  if (y.shape.some((dim) => dim !== 1)) {
    throw new GradlabError("E_SHAPE", `grad needs a scalar, got ${y.toString()}.`, {
      hint: "Reduce with .sum() or .mean(), or pass the seed of a vector-Jacobian product.",
    });
  }
  return withOrigin(gradientOf(y.node.made), () => gradOps().filled(1, y));
}

function requireSeed(y: Tensor, seed: Tensor): Tensor {
  if (sameShape(seed.shape, y.shape)) return seed;
  throw new GradlabError("E_SHAPE", `grad: the seed is ${seed.toString()}, but y is ${y.toString()}.`, {
    hint: "The seed weighs each element of y, so it needs the shape of y.",
  });
}

/**
 * The function that gives both a scalar function's value and its gradient by an argument (the first, unless
 * `argnums` says otherwise): a tensor, or lists and records of tensors.
 *
 * Gradients are partial: an argument that is computed from another one counts as independent of it.
 *
 * @throws E_SHAPE when the value is not a scalar; E_DTYPE when an argument to differentiate by holds no tensors
 * @source the same function of JAX (jax.value_and_grad) and torch.func (grad_and_value)
 * @example
 * const loss = ({ w, b }: { w: Tensor; b: Tensor }, x: Tensor) => x.mul(w).add(b).sum();
 * const [value, { w, b }] = valueAndGrad(loss)({ w: tensor([2, 3]), b: tensor([1]) }, tensor([5, 7]));
 * await value.item(); // 33
 * await w.data(); // [5, 7]
 * await b.data(); // [2]
 */
export function valueAndGrad<A extends readonly unknown[], const N extends number | readonly number[] = 0>(
  fn: (...args: A) => Tensor,
  options: GradOptions<N> = {},
): (...args: A) => readonly [value: Tensor, gradients: GradientsOf<A, N>] {
  const { argnums = 0 } = options;
  const positions = [argnums].flat() as number[];
  return (...args) => {
    const { args: own, xs } = independent(args, positions);
    const value = fn(...own);
    const gradients = grad(value, xs.flat());
    const trees = positions.map((position) => {
      const count = leavesOf(args[position]).length;
      return fillTree(args[position], gradients.splice(0, count));
    });
    return [value, (typeof argnums === "number" ? trees[0] : trees) as unknown as GradientsOf<A, N>];
  };
}

/** The arguments with those at some positions replaced by tensors of their own, and these tensors. */
export function independent<A extends readonly unknown[]>(
  args: A,
  positions: readonly number[] = args.map((_, i) => i),
): { args: A; xs: Tensor[][] } {
  const own: unknown[] = [...args];
  const xs = positions.map((position) => {
    const aliases = leavesOf(args[position]).map(alias);
    own[position] = fillTree(args[position], aliases);
    return aliases;
  });
  return { args: own as unknown as A, xs };
}
