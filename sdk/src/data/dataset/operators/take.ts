import type { CursorState, Stage } from "../stage.js";

/** The first `count` rows. */
export function take<T>(input: Stage<T>, count: number): Stage<T> {
  return {
    operator: "take",
    settings: [count],
    inputs: [input],
    open(at) {
      const state = at as { readonly input: CursorState; readonly left: number } | undefined;
      const cursor = input.open(state?.input);
      let left = state?.left ?? count;
      return {
        async next() {
          if (left === 0) return undefined;
          left--;
          return cursor.next();
        },
        state: () => ({ input: cursor.state(), left }),
        close: () => cursor.close(),
      };
    },
  };
}
