import type { Shape } from "../tensor/index.js";
import { isRecurrence, type Network } from "./architecture.js";

/** One array that a network keeps of every sequence while it is read. */
export interface Kept {
  /** For one sequence. */
  readonly shape: Shape;
  /** Whether tokens lie along axis 1, up to the capacity; otherwise it is the state after the last token. */
  readonly grows: boolean;
}

/** Keys and values [G, capacity, E] of blocks that attend, states of those that recur, block by block. */
export function keptBy({ blocks }: Network, capacity: number): Kept[] {
  return blocks.flatMap(({ mixer }): Kept[] => {
    if (isRecurrence(mixer)) return mixer.states.map(({ shape }) => ({ shape, grows: false }));
    const cache = { shape: [mixer.groups, capacity, mixer.headWidth], grows: true };
    return [cache, cache];
  });
}
