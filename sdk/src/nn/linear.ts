import { Variable, type Tensor } from "../graph/index.js";
import { add, cast, matmul, projectionLosses, quantMatmul, tokenLosses } from "../ops/index.js";
import type { Init } from "./init.js";
import { Module } from "./module.js";
import type { Scope } from "./scope.js";

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

export interface LinearOptions {
  /** Width of the input. */
  readonly from: number;
  /** Width of the output. */
  readonly to: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight. Default uniform in ±1/√from, as in torch.nn.Linear; the bias starts the same way. */
  readonly init?: Init;
}

/**
 * y = x Wᵀ + bias (or x W for layout "in-out").
 *
 * The weight may be dense or block-quantized, and may carry a low-rank delta (Hu et al. 2021) and a hook. Stored as
 * bfloat16 or float16 it is converted to x's dtype where it is read.
 *
 * @example
 * const layer = new Linear(new Scope("up", 1), { from: 4, to: 8 });
 * layer.forward(zeros([2, 4])).shape // [2, 8]
 */
export class Linear extends Module {
  readonly name: string;
  readonly weight: Variable;
  readonly bias?: Variable;
  readonly layout: WeightLayout;
  /** Set by quantizers; the dense weight is then no longer read. */
  blocks: BlockWeight | undefined;
  /** Set by adapters. */
  delta: LowRankDelta | undefined;
  /** Set by adapters of other kinds: changes the output y of input x. */
  hook: ((y: Tensor, x: Tensor) => Tensor) | undefined;

  /** A fresh layer. */
  constructor(scope: Scope, options: LinearOptions);
  /** A layer over weights that exist. */
  constructor(name: string, weight: Variable, bias?: Variable, layout?: WeightLayout);
  constructor(
    place: string | Scope,
    given: Variable | LinearOptions,
    bias?: Variable,
    layout: WeightLayout = "out-in",
  ) {
    super();
    this.layout = layout;
    const made =
      given instanceof Variable ? { weight: given, ...(bias ? { bias } : {}) } : fresh(place as Scope, given);
    this.name = typeof place === "string" ? place : place.name;
    this.weight = made.weight;
    if (made.bias) this.bias = made.bias;
  }

  get outFeatures(): number {
    return this.weight.shape[this.layout === "out-in" ? 0 : 1];
  }

  get inFeatures(): number {
    return this.weight.shape[this.layout === "out-in" ? 1 : 0];
  }

  /** @param x […, in] @returns […, out] @throws E_SHAPE when the last axis is not `in` */
  forward(x: Tensor): Tensor {
    const plain = this.blocks ? this.#quantized(x, this.blocks) : this.#dense(x);
    const y = this.delta ? add(plain, lowRank(x, this.delta)) : plain;
    return this.hook ? this.hook(y, x) : y;
  }

  /** −ln softmax(forward(x))[target]. @param x [N, in] @param targets int32 [N] @returns [N], nats */
  losses(x: Tensor, targets: Tensor): Tensor {
    const plain = !this.blocks && !this.delta && !this.hook && !this.bias && this.layout === "out-in";
    return plain
      ? projectionLosses(x, cast(this.weight, x.dtype), targets)
      : tokenLosses(this.forward(x), targets);
  }

  protected override ownParameters(): [string, Variable][] {
    const adapter = this.delta ? { lora_A: this.delta.a, lora_B: this.delta.b } : {};
    return [...super.ownParameters(), ...Object.entries(adapter)];
  }

  #dense(x: Tensor): Tensor {
    const transB = this.layout === "out-in";
    const weight = cast(this.weight, x.dtype);
    return matmul(x, weight, this.bias ? { transB, bias: cast(this.bias, x.dtype) } : { transB });
  }

  #quantized(x: Tensor, { packed, scales, bits, block, accuracyLevel }: BlockWeight): Tensor {
    const y = quantMatmul(x, packed, scales, { bits, block, accuracyLevel });
    return this.bias ? add(y, cast(this.bias, x.dtype)) : y;
  }
}

function fresh(
  scope: Scope,
  { from, to, bias = true, init }: LinearOptions,
): { weight: Variable; bias?: Variable } {
  const small: Init = { uniform: 1 / Math.sqrt(from) };
  const weight = scope.parameter("weight", [to, from], init ?? small);
  return bias ? { weight, bias: scope.parameter("bias", [to], small) } : { weight };
}

/** scale · (x Aᵀ) Bᵀ */
const lowRank = (x: Tensor, { a, b, scale }: LowRankDelta): Tensor =>
  matmul(matmul(x, a, { transB: true }), b, { transB: true, alpha: scale });
