import type { Tensor } from "../graph/index.js";
import { add } from "./add.js";
import { argMax } from "./arg-max.js";
import { cast } from "./cast.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { randomBits } from "./random-bits.js";
import { shiftRight } from "./shift-right.js";
import { sub } from "./sub.js";

/**
 * A class for each row, drawn with the probabilities softmax(logits) along an axis: argmax(logits + Gumbel noise).
 *
 * @param key    uint32[2]: see randomKey
 * @param logits float32, any shape
 * @param axis   negative ones count from the end. Default −1.
 * @returns      int32, the shape of logits without the axis
 * @throws E_DTYPE for another key; E_INDEX for an axis outside the rank
 * @source Gumbel 1954; Maddison et al. 2014
 * @example categorical(randomKey(1), tensor([[0, 100], [100, 0]])) // [1, 0]
 */
export function categorical(key: Tensor, logits: Tensor, axis = -1): Tensor {
  // 23 bits and half a step: never 0 nor 1, and exact in float32.
  const steps = cast(shiftRight(randomBits(key, logits.shape), 9), "float32");
  const u = mul(add(steps, 0.5), 2 ** -23);
  return argMax(sub(logits, cast(log(neg(log(u))), logits.dtype)), { axis });
}
