import type { CursorState, Stage } from "../stage.js";

/** The rows of each input, one input after the other. */
export function concat<T>(inputs: readonly Stage<T>[]): Stage<T> {
  return {
    operator: "concat",
    settings: [],
    inputs,
    open(at) {
      const state = at as { readonly part: number; readonly input: CursorState } | undefined;
      let part = state?.part ?? 0;
      let cursor = inputs[part].open(state?.input);
      return {
        async next() {
          for (;;) {
            const item = await cursor.next();
            if (item !== undefined || part === inputs.length - 1) return item;
            await cursor.close();
            cursor = inputs[++part].open();
          }
        },
        state: () => ({ part, input: cursor.state() }),
        close: () => cursor.close(),
      };
    },
  };
}
