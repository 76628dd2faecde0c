import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sizeOf, type Shape } from "../tensor/index.js";
import { bitAnd } from "./bit-and.js";
import { concat } from "./concat.js";
import { less } from "./less.js";
import { mul } from "./mul.js";
import { randomBits } from "./random-bits.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { where } from "./where.js";

/**
 * Dropout: each element is 0 with probability `rate` (met to within 2⁻¹⁷), the others are divided by the probability of
 * staying, so that the mean stays. The mask is a function of the key: the same for a gradient, a recomputation, and on every engine.
 *
 * @param rate in [0, 1)
 * @param key  uint32[2], a new one for each layer and step: see splitKey, foldIn
 * @throws E_CONFIG for another rate; E_DTYPE for another key
 * @source Srivastava et al. 2014
 * @example dropout(ones([2, 3]), 0.1, randomKey(1)).shape // [2, 3]
 */
export function dropout(x: Tensor, rate: number, key: Tensor): Tensor {
  if (!(rate >= 0 && rate < 1 - 1 / HALF)) {
    throw new GradlabError("E_CONFIG", `dropout: a rate of ${rate} is outside [0, 1).`, {
      hint: "The rate is the share of elements that become 0.",
    });
  }
  if (Math.round(rate * HALF) === 0) return x;
  const kept = Math.round((1 - rate) * HALF);
  return where(coins(key, kept, x.shape), mul(x, HALF / kept), 0);
}

/** Decisions take 16 bits each: half the work of whole words, which is most of the cost of dropout. */
const HALF = 2 ** 16;

/** Truth values that hold with probability kept/2¹⁶: from the low halves of random words, then from their high ones. */
function coins(key: Tensor, kept: number, shape: Shape): Tensor {
  const size = sizeOf(shape);
  const words = randomBits(key, [Math.ceil(size / 2)]);
  const flat = concat([less(bitAnd(words, HALF - 1), kept), less(words, kept * HALF)]);
  return reshape(size % 2 === 0 ? flat : slice(flat, 0, size), shape);
}
