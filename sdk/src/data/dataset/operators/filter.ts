import { located } from "../located.js";
import type { Item, Stage } from "../stage.js";
import { counting } from "./counting.js";

/** Rows that a function, told how many rows it has seen, holds for. */
export function filter<T>(
  input: Stage<T>,
  holds: (row: T, index: number, item: Item<T>) => boolean | Promise<boolean>,
  settings: readonly unknown[],
  operator = "filter",
): Stage<T> {
  return counting(input, operator, settings, 0, async (cursor, seen) => {
    for (let item = await cursor.next(); item !== undefined; item = await cursor.next()) {
      const row = item;
      if (await located(operator, row.where, () => holds(row.value, seen.value++, row))) return row;
    }
    return undefined;
  });
}
