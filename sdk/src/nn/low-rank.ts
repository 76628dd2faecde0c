import { Variable } from "../graph/index.js";
import { zerosArray } from "../tensor/index.js";
import { initialize } from "./init.js";
import type { Linear } from "./linear.js";

export interface LowRankOptions {
  /** Rank of the change. */
  readonly r: number;
  /** Factor of the change: alpha / r in the words of the paper. */
  readonly scale: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * Gives a linear layer a low-rank change, y += scale · (x Aᵀ) Bᵀ. A starts uniform in ±1/√in and B at zero, so that
 * nothing changes until they are trained.
 *
 * @returns A [r, in] and B [out, r], to be trained: `<layer>.lora_A` and `<layer>.lora_B`
 * @source Hu et al. 2021, §4.1; initialization as in Hugging Face PEFT
 * @example
 * const net = new SwiGLU(new Scope("mlp", 1), { width: 8 }).freeze();
 * for (const layer of net.parts(Linear, /gate|up/).values()) attachLowRank(layer, { r: 2, scale: 2 });
 * net.parameters({ trainable: true }).length // 4
 */
export function attachLowRank(linear: Linear, { r, scale, seed = 0 }: LowRankOptions): [Variable, Variable] {
  const { name, inFeatures, outFeatures } = linear;
  const values = initialize(`${name}.lora_A`, [r, inFeatures], { uniform: 1 / Math.sqrt(inFeatures) }, seed);
  const a = new Variable(values, `${name}.lora_A`);
  const b = new Variable(zerosArray([outFeatures, r]), `${name}.lora_B`);
  linear.delta = { a, b, scale };
  return [a, b];
}
