import { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import type { Shape } from "../tensor/index.js";
import { full } from "./constant.js";
import { less } from "./less.js";
import { randomBits } from "./random-bits.js";
import { uniform } from "./uniform.js";

/**
 * Truth values that hold with probability p, as bool; the same on every engine. A number p is met to within 2⁻³²,
 * a tensor (broadcastable to the shape) to within 2⁻²⁴.
 *
 * @param key uint32[2]: see randomKey
 * @throws E_CONFIG for a number outside 0 … 1; E_DTYPE for another key
 * @example bernoulli(randomKey(42), 1, [2]) // [1, 1]
 */
export function bernoulli(key: Tensor, p: number | Tensor, shape: Shape): Tensor {
  if (p instanceof Tensor) return less(uniform(key, shape), p);
  if (!(p >= 0 && p <= 1)) {
    throw new GradlabError("E_CONFIG", `bernoulli: ${p} is no probability.`, {
      hint: "Give a number from 0 to 1.",
    });
  }
  const bound = Math.round(p * 2 ** 32);
  return bound === 2 ** 32 ? full(shape, 1, "bool") : less(randomBits(key, shape), bound);
}
