import type { Tensor } from "../graph/index.js";
import { logSumExp } from "./log-sum-exp.js";
import { sub } from "./sub.js";

/**
 * ln softmax(x) = x − ln Σ eˣ over the last axis, without underflow.
 *
 * @example logSoftmax(tensor([0, 0])) // [-0.693…, -0.693…]
 */
export const logSoftmax = (x: Tensor): Tensor => sub(x, logSumExp(x, { axes: -1, keepDims: true }));
