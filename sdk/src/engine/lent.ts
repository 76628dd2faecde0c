import { HostStorage, type Variable } from "../graph/index.js";
import type { HostArray, TypedArray } from "../tensor/index.js";

/** Memory that programs read as their constants. */
const lent = new WeakSet<TypedArray>();

/** Notes that a program reads this memory for as long as it lives: nobody may write into it any more. */
export const lend = ({ data }: HostArray): unknown => lent.add(data);

/** Moves a variable that is about to be overwritten to memory of its own, where a program reads its present one. */
export function moveIfLent(variable: Variable): void {
  const array = variable.storage?.array;
  if (!array || !lent.has(array.data)) return;
  variable.load(new HostStorage({ ...array, data: array.data.slice() }));
}
