import { Tensor } from "../graph/index.js";
import { abs } from "./abs.js";
import { less } from "./less.js";

/**
 * Whether x is a number and not infinite, as bool.
 *
 * @example tensor([1, Infinity, NaN]).isFinite() // [1, 0, 0]
 */
export const isFinite = (x: Tensor): Tensor => less(abs(x), Infinity);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Whether x is a number and not infinite, as bool. */
    isFinite(): Tensor;
  }
}
Tensor.prototype.isFinite = function (this: Tensor) {
  return isFinite(this);
};
