import { draw } from "../draw.js";
import type { CursorState, Stage } from "../stage.js";

interface InterleaveState {
  readonly inputs: readonly CursorState[];
  readonly ended: readonly boolean[];
  readonly drawn: number;
}

/**
 * Rows of several inputs mixed: each comes from an input drawn by weight among those that still have rows. With
 * `stop` "first" all end when the first input that is drawn has no row left.
 */
export function interleave<T>(
  inputs: readonly Stage<T>[],
  weights: readonly number[],
  seed: number,
  stop: "first" | "all",
): Stage<T> {
  return {
    operator: "interleave",
    settings: [weights, seed, stop],
    inputs,
    open(at) {
      const state = at as InterleaveState | undefined;
      const cursors = inputs.map((input, i) => input.open(state?.inputs[i]));
      const ended = [...(state?.ended ?? inputs.map(() => false))];
      let drawn = state?.drawn ?? 0;
      return {
        async next() {
          while (!ended.every(Boolean)) {
            const chosen = pick(weights, ended, draw("interleave", seed, drawn++));
            const item = await cursors[chosen].next();
            if (item !== undefined) return item;
            if (stop === "first") ended.fill(true);
            else ended[chosen] = true;
          }
          return undefined;
        },
        state: (): InterleaveState => ({
          inputs: cursors.map((cursor) => cursor.state()),
          ended: [...ended],
          drawn,
        }),
        close: async () => void (await Promise.all(cursors.map((cursor) => cursor.close()))),
      };
    },
  };
}

function pick(weights: readonly number[], ended: readonly boolean[], uniform: number): number {
  const left = weights.map((weight, i) => (ended[i] ? 0 : weight));
  let rest = uniform * left.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of left.entries()) {
    if (weight > 0 && rest < weight) return i;
    rest -= weight;
  }
  // Rounding may carry the sum past the end.
  return ended.lastIndexOf(false);
}
