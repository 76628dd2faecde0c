import type { Stage } from "../stage.js";
import { counting } from "./counting.js";

/** The first `count` rows. */
export function take<T>(input: Stage<T>, count: number): Stage<T> {
  return counting(input, "take", [count], count, async (cursor, left) => {
    if (left.value === 0) return undefined;
    left.value--;
    return cursor.next();
  });
}
