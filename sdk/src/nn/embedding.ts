import type { Tensor, Variable } from "../graph/index.js";
import { dequantize, gather, matmul, projectionLosses, quantMatmul, tokenLosses } from "../ops/index.js";
import type { BlockWeight } from "./linear.js";

/**
 * A table of vectors, one a row: looked up by id on the way in, and compared with on the way out where
 * the head is tied to it (Press and Wolf 2017).
 *
 * The table may be dense or in blocks; in blocks, only the rows that are looked up are dequantized.
 */
export class Embedding {
  /** Set by quantizers; the dense table is then no longer read. */
  blocks: BlockWeight | undefined;

  /** @param weight [rows, width] */
  constructor(
    readonly name: string,
    readonly weight: Variable,
  ) {}

  get width(): number {
    return this.weight.shape[1];
  }

  /** @param ids int32 […], each below the number of rows @returns […, width] */
  lookup(ids: Tensor): Tensor {
    if (!this.blocks) return gather(this.weight, ids);
    const { packed, scales, bits, block } = this.blocks;
    return dequantize(gather(packed, ids), gather(scales, ids), { bits, block, columns: this.width });
  }

  /** Scores of every row: x Wᵀ. @param x […, width] @returns […, rows] */
  logits(x: Tensor): Tensor {
    if (!this.blocks) return matmul(x, this.weight, { transB: true });
    const { packed, scales, bits, block, accuracyLevel } = this.blocks;
    return quantMatmul(x, packed, scales, { bits, block, accuracyLevel });
  }

  /** −ln softmax(x Wᵀ)[target]. @param x [N, width] @param targets int32 [N] @returns [N], nats */
  losses(x: Tensor, targets: Tensor): Tensor {
    return this.blocks ? tokenLosses(this.logits(x), targets) : projectionLosses(x, this.weight, targets);
  }
}
