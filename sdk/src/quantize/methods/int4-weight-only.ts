import { fitBlocks } from "./blocks.js";
import type { BlockMethod } from "./method.js";

/**
 * Four-bit weights in blocks, round to nearest: the larger extreme of a block becomes −8 (the scale takes its sign),
 * unless the other extreme then needs more than 7.
 *
 * scale = ±max(|larger| / 8, |smaller| / 7)
 *
 * Error: |w − ŵ| ≤ |scale| / 2. Size: 4 + 16/block bits a weight.
 *
 * @source Q4_0 of llama.cpp, with the scale widened so that no weight is clipped
 */
export const int4WeightOnly: BlockMethod = {
  bits: 4,
  accuracyLevel: 4,
  errorBound: 0.5,
  fit: (weight, block) => fitBlocks(weight, { bits: 4, block, scaleOf: signedScale }),
};

const signedScale = (low: number, high: number): number =>
  -low >= high ? Math.max(-low / 8, high / 7) : -Math.max(high / 8, -low / 7);
