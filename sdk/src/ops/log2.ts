import { Tensor } from "../graph/index.js";
import { log } from "./log.js";
import { mul } from "./mul.js";

/**
 * log₂ x, for x > 0, element by element.
 *
 * @example tensor([8]).log2() // [3.000]
 */
export const log2 = (x: Tensor): Tensor => mul(log(x), Math.LOG2E);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** log₂ x, for x > 0, element by element. */
    log2(): Tensor;
  }
}
Tensor.prototype.log2 = function (this: Tensor) {
  return log2(this);
};
