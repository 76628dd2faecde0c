import type { Tensor } from "../graph/index.js";
import { sizeOf, type Shape } from "../tensor/index.js";
import { add } from "./add.js";
import { cast } from "./cast.js";
import { concat } from "./concat.js";
import { cos } from "./cos.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { randomBits } from "./random-bits.js";
import { reshape } from "./reshape.js";
import { shiftRight } from "./shift-right.js";
import { sin } from "./sin.js";
import { slice } from "./slice.js";
import { sqrt } from "./sqrt.js";
import { unstack } from "./unstack.js";

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Standard deviation. Default 1. */
  readonly std?: number;
}

/**
 * Float32 numbers of a normal distribution: √(−2 ln u) · (cos, sin)(2πv) for uniform u and v. The same on every engine
 * to rounding; no further than 6.8 deviations from the mean.
 *
 * @param key uint32[2]: see randomKey
 * @throws E_DTYPE for another key
 * @source Box and Muller 1958
 * @example normal(randomKey(42), [2, 3]).shape // [2, 3]
 */
export function normal(key: Tensor, shape: Shape, { mean = 0, std = 1 }: NormalOptions = {}): Tensor {
  const size = sizeOf(shape);
  const [first, second] = unstack(randomBits(key, [2, Math.ceil(size / 2)]));
  // Half a step up, so that the logarithm is finite.
  const u = mul(add(cast(first, "float32"), 0.5), 2 ** -32);
  const radius = mul(sqrt(mul(log(u), -2)), std);
  const angle = mul(cast(shiftRight(second, 8), "float32"), 2 * Math.PI * 2 ** -24);
  const pairs = concat([mul(radius, cos(angle)), mul(radius, sin(angle))]);
  const values = reshape(size % 2 === 0 ? pairs : slice(pairs, 0, size), shape);
  return mean === 0 ? values : add(values, mean);
}
