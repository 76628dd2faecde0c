import { located } from "../located.js";
import type { Stage } from "../stage.js";
import { counting } from "./counting.js";

/** Each row through a function that is told how many came before. */
export function map<T, U>(
  input: Stage<T>,
  change: (row: T, index: number) => U | Promise<U>,
  settings: readonly unknown[],
  operator = "map",
): Stage<U> {
  return counting(input, operator, settings, 0, async (cursor, before) => {
    const item = await cursor.next();
    if (item === undefined) return undefined;
    const { where } = item;
    return { value: await located(operator, where, () => change(item.value, before.value++)), where };
  });
}
