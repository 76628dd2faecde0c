import type { Tensor, Variable } from "../graph/index.js";
import { add, matmul, projectionLosses, quantMatmul, tokenLosses } from "../ops/index.js";

/** Weights in blocks of integers with a scale each; see quantMatmul for the layout. */
export interface BlockWeight {
  readonly packed: Variable;
  readonly scales: Variable;
  readonly bits: number;
  readonly block: number;
  readonly accuracyLevel: number;
}

/** A low-rank change of a linear layer: y += scale · (x Aᵀ) Bᵀ. */
export interface LowRankDelta {
  /** [r, in] */
  readonly a: Variable;
  /** [out, r] */
  readonly b: Variable;
  readonly scale: number;
}

/** Whether a weight is stored [out, in] (torch.nn.Linear) or [in, out] (GPT-2's Conv1D). */
export type WeightLayout = "out-in" | "in-out";

/**
 * y = x Wᵀ + bias (or x W for layout "in-out").
 *
 * The weight may be dense or block-quantized, and may carry a low-rank delta (Hu et al. 2021).
 */
export class Linear {
  /** Set by quantizers; the dense weight is then no longer read. */
  blocks: BlockWeight | undefined;
  /** Set by adapters. */
  delta: LowRankDelta | undefined;

  constructor(
    readonly name: string,
    readonly weight: Variable,
    readonly bias?: Variable,
    readonly layout: WeightLayout = "out-in",
  ) {}

  get outFeatures(): number {
    return this.weight.shape[this.layout === "out-in" ? 0 : 1];
  }

  get inFeatures(): number {
    return this.weight.shape[this.layout === "out-in" ? 1 : 0];
  }

  /** @param x […, in] @returns […, out] @throws E_SHAPE when the last axis is not `in` */
  forward(x: Tensor): Tensor {
    const y = this.blocks ? this.#quantized(x, this.blocks) : this.#dense(x);
    if (!this.delta) return y;
    const { a, b, scale } = this.delta;
    return add(y, matmul(matmul(x, a, { transB: true }), b, { transB: true, alpha: scale }));
  }

  /** −ln softmax(forward(x))[target]. @param x [N, in] @param targets int32 [N] @returns [N], nats */
  losses(x: Tensor, targets: Tensor): Tensor {
    const plain = !this.blocks && !this.delta && !this.bias && this.layout === "out-in";
    return plain ? projectionLosses(x, this.weight, targets) : tokenLosses(this.forward(x), targets);
  }

  #dense(x: Tensor): Tensor {
    const transB = this.layout === "out-in";
    return matmul(x, this.weight, this.bias ? { transB, bias: this.bias } : { transB });
  }

  #quantized(x: Tensor, { packed, scales, bits, block, accuracyLevel }: BlockWeight): Tensor {
    const y = quantMatmul(x, packed, scales, { bits, block, accuracyLevel });
    return this.bias ? add(y, this.bias) : y;
  }
}
