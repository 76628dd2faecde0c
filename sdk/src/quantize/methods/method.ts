import type { FittedBlocks, WeightRows } from "./blocks.js";

/** How the weight of one layer becomes blocks of integers. */
export interface BlockMethod {
  readonly bits: 4 | 8;
  /** 4: activations are rounded to eight bits on the fly; 0: they are not. */
  readonly accuracyLevel: number;
  /** |w − ŵ| never exceeds this share of the block's |scale|. */
  readonly errorBound: number;
  /** @throws E_FILE_FORMAT when a weight is not finite */
  fit(weight: WeightRows, block: number): FittedBlocks;
}
