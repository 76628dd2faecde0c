import type { Tensor } from "../graph/index.js";
import { reduceLosses, type LossOptions } from "./loss-options.js";
import { square } from "./square.js";
import { sub } from "./sub.js";

/**
 * Mean squared error: (x − y)², averaged.
 *
 * @param x, y broadcast together; gradients flow to both
 * @throws E_SHAPE; E_DTYPE
 * @source values: tests/golden/losses.json
 * @example mseLoss(tensor([1, 2]), tensor([1, 4])) // 2
 */
export const mseLoss = (x: Tensor, y: Tensor, options: LossOptions = {}): Tensor =>
  reduceLosses(square(sub(x, y)), options);
