import { Tensor } from "../graph/index.js";
import { div } from "./div.js";
import { sqrt } from "./sqrt.js";

/**
 * 1/√x, element by element.
 *
 * @example tensor([4, 0.25]).rsqrt() // [0.5, 2]
 */
export const rsqrt = (x: Tensor): Tensor => div(1, sqrt(x));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** 1/√x, element by element. */
    rsqrt(): Tensor;
  }
}
Tensor.prototype.rsqrt = function (this: Tensor) {
  return rsqrt(this);
};
