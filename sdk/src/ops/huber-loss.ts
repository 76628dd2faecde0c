import { GradlabError } from "../errors.js";
import type { Tensor } from "../graph/index.js";
import { abs } from "./abs.js";
import { minimum } from "./minimum.js";
import { mul } from "./mul.js";
import { reduceLosses, type LossOptions } from "./loss-options.js";
import { sub } from "./sub.js";

/** ½d² where |d| ≤ δ, δ(|d| − ½δ) beyond: with c = min(|d|, δ), both are c(|d| − ½c). */
function huber(x: Tensor, y: Tensor, delta: number): Tensor {
  if (!(delta > 0)) throw new GradlabError("E_CONFIG", `huberLoss: delta is ${delta}; it must be positive.`);
  const distance = abs(sub(x, y));
  const capped = minimum(distance, delta);
  return mul(capped, sub(distance, mul(capped, 0.5)));
}

export interface HuberOptions extends LossOptions {
  /** Where the square becomes a line. Default 1. */
  readonly delta?: number;
}

/**
 * Huber loss: ½d² for |d| ≤ δ, else δ(|d| − ½δ), with d = x − y; outliers pull no harder than δ.
 *
 * @param x, y broadcast together; gradients flow to both
 * @throws E_SHAPE; E_DTYPE; E_CONFIG for a δ that is not positive
 * @source Huber 1964; values: tests/golden/losses.json
 * @example huberLoss(tensor([0, 0]), tensor([1, 3]), { reduction: "none" }) // [0.5, 2.5]
 */
export const huberLoss = (x: Tensor, y: Tensor, options: HuberOptions = {}): Tensor =>
  reduceLosses(huber(x, y, options.delta ?? 1), options);

export interface SmoothL1Options extends LossOptions {
  /** Where the square becomes a line. Default 1. */
  readonly beta?: number;
}

/**
 * Smooth L1 loss: ½d²/β for |d| ≤ β, else |d| − ½β, with d = x − y: the Huber loss over β, of slope 1 far out.
 *
 * @param x, y broadcast together; gradients flow to both
 * @throws E_SHAPE; E_DTYPE; E_CONFIG for a β that is not positive
 * @source Girshick 2015, eq. 3; values: tests/golden/losses.json
 * @example smoothL1Loss(tensor([0, 0]), tensor([1, 3]), { beta: 2, reduction: "none" }) // [0.25, 2]
 */
export const smoothL1Loss = (x: Tensor, y: Tensor, options: SmoothL1Options = {}): Tensor => {
  const beta = options.beta ?? 1;
  return reduceLosses(mul(huber(x, y, beta), 1 / beta), options);
};
