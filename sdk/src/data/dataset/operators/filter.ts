import { located } from "../located.js";
import type { CursorState, Item, Stage } from "../stage.js";

/** Rows that a function, told how many rows it has seen, holds for. */
export function filter<T>(
  input: Stage<T>,
  holds: (row: T, index: number, item: Item<T>) => boolean | Promise<boolean>,
  settings: readonly unknown[],
  operator = "filter",
): Stage<T> {
  return {
    operator,
    settings,
    inputs: [input],
    open(at) {
      const state = at as { readonly input: CursorState; readonly index: number } | undefined;
      const cursor = input.open(state?.input);
      let index = state?.index ?? 0;
      return {
        async next() {
          for (let item = await cursor.next(); item !== undefined; item = await cursor.next()) {
            const row = item;
            if (await located(operator, row.where, () => holds(row.value, index++, row))) return row;
          }
          return undefined;
        },
        state: () => ({ input: cursor.state(), index }),
        close: () => cursor.close(),
      };
    },
  };
}
