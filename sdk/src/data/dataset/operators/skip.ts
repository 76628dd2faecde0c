import type { Stage } from "../stage.js";
import { counting } from "./counting.js";

/** All but the first `count` rows. */
export function skip<T>(input: Stage<T>, count: number): Stage<T> {
  return counting(input, "skip", [count], count, async (cursor, left) => {
    for (; left.value > 0; left.value--) if ((await cursor.next()) === undefined) return undefined;
    return cursor.next();
  });
}
