import type { Tensor } from "../graph/index.js";
import type { Shape } from "../tensor/index.js";
import { add } from "./add.js";
import { cast } from "./cast.js";
import { mul } from "./mul.js";
import { randomBits } from "./random-bits.js";
import { shiftRight } from "./shift-right.js";

export interface UniformOptions {
  /** The smallest number. Default 0. */
  readonly low?: number;
  /** The bound that is not reached. Default 1. */
  readonly high?: number;
}

/**
 * Float32 numbers uniform over [low, high): low + (high − low) · k/2²⁴ for k in 0 … 2²⁴−1. Over [0, 1) they are the
 * same to the bit on every engine.
 *
 * @param key uint32[2]: see randomKey
 * @throws E_DTYPE for another key
 * @example uniform(randomKey(42), [2]) // [0.6129, 0.4685]
 */
export function uniform(key: Tensor, shape: Shape, { low = 0, high = 1 }: UniformOptions = {}): Tensor {
  const steps = cast(shiftRight(randomBits(key, shape), 8), "float32");
  const scaled = mul(steps, (high - low) * 2 ** -24);
  return low === 0 ? scaled : add(scaled, low);
}
