import { Variable, type Tensor } from "../graph/index.js";
import {
  cast,
  dequantize,
  gather,
  matmul,
  projectionLosses,
  quantMatmul,
  tokenLosses,
} from "../ops/index.js";
import { byteSize, type DType } from "../tensor/index.js";
import type { Init } from "./init.js";
import type { BlockWeight } from "./linear.js";
import { Module } from "./module.js";
import type { Scope } from "./scope.js";

export interface EmbeddingOptions {
  readonly rows: number;
  readonly width: number;
  /** Default normal with deviation 0.02 (torch.nn.Embedding draws with 1). */
  readonly init?: Init;
}

/**
 * A table of vectors, one a row: looked up by id on the way in, and compared with on the way out where
 * the head is tied to it (Press and Wolf 2017).
 *
 * The table may be dense or in blocks; in blocks, only the rows that are looked up are dequantized. Rows of a table in
 * bfloat16 or float16 come as float32.
 *
 * @example
 * const table = new Embedding(new Scope("tokens", 1), { rows: 10, width: 4 });
 * table.lookup(ids([[1, 2, 3]])).shape // [1, 3, 4]
 */
export class Embedding extends Module {
  readonly name: string;
  readonly weight: Variable;
  /** Set by quantizers; the dense table is then no longer read. */
  blocks: BlockWeight | undefined;

  /** A fresh table. */
  constructor(scope: Scope, options: EmbeddingOptions);
  /** @param weight [rows, width] */
  constructor(name: string, weight: Variable);
  constructor(place: string | Scope, given: Variable | EmbeddingOptions) {
    super();
    this.name = typeof place === "string" ? place : place.name;
    this.weight = given instanceof Variable ? given : fresh(place as Scope, given);
  }

  get width(): number {
    return this.weight.shape[1];
  }

  /** What rows are given as: half types are for storing. */
  get #dtype(): DType {
    return byteSize(this.weight.dtype) < 4 ? "float32" : this.weight.dtype;
  }

  /** @param ids int32 […], each below the number of rows @returns […, width] */
  lookup(ids: Tensor): Tensor {
    if (!this.blocks) return cast(gather(this.weight, ids), this.#dtype);
    const { packed, scales, bits, block } = this.blocks;
    return dequantize(gather(packed, ids), gather(scales, ids), { bits, block, columns: this.width });
  }

  /** Scores of every row: x Wᵀ. @param x […, width] @returns […, rows] */
  logits(x: Tensor): Tensor {
    if (!this.blocks) return matmul(x, cast(this.weight, x.dtype), { transB: true });
    const { packed, scales, bits, block, accuracyLevel } = this.blocks;
    return quantMatmul(x, packed, scales, { bits, block, accuracyLevel });
  }

  /** −ln softmax(x Wᵀ)[target]. @param x [N, width] @param targets int32 [N] @returns [N], nats */
  losses(x: Tensor, targets: Tensor): Tensor {
    return this.blocks
      ? tokenLosses(this.logits(x), targets)
      : projectionLosses(x, cast(this.weight, x.dtype), targets);
  }
}

const fresh = (scope: Scope, { rows, width, init = { normal: 0.02 } }: EmbeddingOptions): Variable =>
  scope.parameter("weight", [rows, width], init);
