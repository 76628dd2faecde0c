import type { CursorState, Stage } from "../stage.js";

/** All but the first `count` rows. */
export function skip<T>(input: Stage<T>, count: number): Stage<T> {
  return {
    operator: "skip",
    settings: [count],
    inputs: [input],
    open(at) {
      const state = at as { readonly input: CursorState; readonly left: number } | undefined;
      const cursor = input.open(state?.input);
      let left = state?.left ?? count;
      return {
        async next() {
          for (; left > 0; left--) if ((await cursor.next()) === undefined) return undefined;
          return cursor.next();
        },
        state: () => ({ input: cursor.state(), left }),
        close: () => cursor.close(),
      };
    },
  };
}
