import { GradlabError } from "../errors.js";
import { Tensor } from "./tensor.js";

/** What transforms take and give: a tensor, or lists and records of such, nested as one likes. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** The same arrangement, of plain tensors (a gradient of a Variable is no Variable). */
export type TensorsLike<T> = T extends Tensor
  ? Tensor
  : T extends object
    ? { readonly [K in keyof T]: TensorsLike<T[K]> }
    : never;

/**
 * The tensors of a tree, in the order of its lists and keys.
 *
 * @throws E_DTYPE for anything else in it
 */
export function leavesOf(tree: unknown): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (typeof tree === "object" && tree !== null && !ArrayBuffer.isView(tree)) {
    return Object.values(tree).flatMap(leavesOf);
  }
  throw new GradlabError(
    "E_DTYPE",
    `Tensors were expected, or lists and records of them, not ${kindOf(tree)}.`,
    {
      hint: "Make a tensor of the values with tensor(…), or leave the argument out with argnums.",
    },
  );
}

const kindOf = (value: unknown): string =>
  ArrayBuffer.isView(value) ? value.constructor.name : value === null ? "null" : typeof value;

/** The tree's arrangement filled with other tensors, in the order of {@link leavesOf}. */
export function fillTree<T>(model: T, tensors: readonly Tensor[]): TensorsLike<T> {
  let next = 0;
  const fill = (part: unknown): unknown => {
    if (part instanceof Tensor) return tensors[next++];
    if (Array.isArray(part)) return part.map(fill);
    return Object.fromEntries(Object.entries(part as object).map(([key, value]) => [key, fill(value)]));
  };
  return fill(model) as TensorsLike<T>;
}
