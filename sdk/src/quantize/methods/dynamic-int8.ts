import { fitBlocks } from "./blocks.js";
import type { BlockMethod } from "./method.js";

/**
 * Eight-bit weights in blocks, symmetric: scale = max|w| / 127. Activations are rounded to eight bits on the fly,
 * block by block, so that products run on integers and nothing needs calibration.
 *
 * Error: |w − ŵ| ≤ scale / 2. Size: 8 + 16/block bits a weight.
 *
 * @source Dettmers et al. 2022, "8-bit optimizers via block-wise quantization" (blocks); Q8_0 of llama.cpp (layout)
 */
export const dynamicInt8: BlockMethod = {
  bits: 8,
  accuracyLevel: 4,
  errorBound: 0.5,
  fit: (weight, block) =>
    fitBlocks(weight, { bits: 8, block, scaleOf: (low, high) => Math.max(-low, high) / 127 }),
};
