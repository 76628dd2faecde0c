import { located } from "../located.js";
import type { CursorState, Stage } from "../stage.js";

/** Each row through a function that is told how many came before. */
export function map<T, U>(
  input: Stage<T>,
  change: (row: T, index: number) => U | Promise<U>,
  settings: readonly unknown[],
  operator = "map",
): Stage<U> {
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
          const item = await cursor.next();
          if (item === undefined) return undefined;
          const { where } = item;
          return { value: await located(operator, where, () => change(item.value, index++)), where };
        },
        state: () => ({ input: cursor.state(), index }),
        close: () => cursor.close(),
      };
    },
  };
}
