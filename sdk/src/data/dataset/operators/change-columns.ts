import { requireColumns } from "../columns.js";
import type { Item, Stage } from "../stage.js";

type Fields = Readonly<Record<string, unknown>>;

/** Rows whose columns are chosen or named anew; a row without one of `names` is refused at its place. */
export function changeColumns<U>(
  input: Stage<unknown>,
  operator: string,
  names: readonly string[],
  change: (row: Fields) => U,
  settings: readonly unknown[],
): Stage<U> {
  return {
    operator,
    settings,
    inputs: [input],
    open(at) {
      const cursor = input.open(at);
      return {
        async next(): Promise<Item<U> | undefined> {
          const item = await cursor.next();
          if (item === undefined) return undefined;
          const { value, where } = item;
          requireColumns(value, names, where);
          return { value: change(value), where };
        },
        state: () => cursor.state(),
        close: () => cursor.close(),
      };
    },
  };
}
