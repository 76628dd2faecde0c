import { Tensor } from "../graph/index.js";
import { mul } from "./mul.js";

/**
 * x², element by element.
 *
 * @example tensor([-3, 2]).square() // [9, 4]
 */
export const square = (x: Tensor): Tensor => mul(x, x);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** x², element by element. */
    square(): Tensor;
  }
}
Tensor.prototype.square = function (this: Tensor) {
  return square(this);
};
