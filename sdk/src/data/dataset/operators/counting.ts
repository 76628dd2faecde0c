import type { Cursor, CursorState, Item, Stage } from "../stage.js";

/** A number that an operator keeps from row to row, and that its state carries. */
export interface Count {
  value: number;
}

/** An operator over one input that keeps a count: where it stands is where its input stands, and the count. */
export function counting<T, U>(
  input: Stage<T>,
  operator: string,
  settings: readonly unknown[],
  start: number,
  next: (cursor: Cursor<T>, count: Count) => Promise<Item<U> | undefined>,
): Stage<U> {
  return {
    operator,
    settings,
    inputs: [input],
    open(at) {
      const state = at as { readonly input: CursorState; readonly count: number } | undefined;
      const cursor = input.open(state?.input);
      const count: Count = { value: state?.count ?? start };
      return {
        next: () => next(cursor, count),
        state: () => ({ input: cursor.state(), count: count.value }),
        close: () => cursor.close(),
      };
    },
  };
}
