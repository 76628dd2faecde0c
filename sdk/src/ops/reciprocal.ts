import { Tensor } from "../graph/index.js";
import { div } from "./div.js";

/**
 * 1/x, element by element.
 *
 * @example tensor([4, -0.5]).reciprocal() // [0.25, -2]
 */
export const reciprocal = (x: Tensor): Tensor => div(1, x);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** 1/x, element by element. */
    reciprocal(): Tensor;
  }
}
Tensor.prototype.reciprocal = function (this: Tensor) {
  return reciprocal(this);
};
