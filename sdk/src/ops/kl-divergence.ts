import type { Tensor } from "../graph/index.js";
import { logSoftmax } from "./log-softmax.js";
import { mul } from "./mul.js";
import { reduceLosses, type LossOptions } from "./loss-options.js";
import { softmax } from "./softmax.js";
import { sub } from "./sub.js";
import { sum } from "./sum.js";

/**
 * Kullback-Leibler divergence of two distributions given by logits, in nats: D(P ‖ Q) = Σ P ln(P/Q) over the last axis,
 * averaged over the rows. For distillation P is the teacher, usually behind `stopGradient`; divide both logits by a
 * temperature to soften them.
 *
 * @param p logits of P, […, V]
 * @param q logits of Q, […, V]; gradients flow to both
 * @returns a scalar, or […] with `reduction: "none"`
 * @throws E_SHAPE; E_DTYPE
 * @source Kullback and Leibler 1951; Hinton et al. 2015; values: tests/golden/losses.json
 * @example klDivergence(tensor([[0, 0]]), tensor([[0, 0]])) // 0
 */
export const klDivergence = (p: Tensor, q: Tensor, options: LossOptions = {}): Tensor =>
  reduceLosses(sum(mul(softmax(p), sub(logSoftmax(p), logSoftmax(q))), { axes: -1 }), options);
