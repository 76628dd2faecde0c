import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { filledLike } from "./constant.js";

/** ⌊x⌋, the largest whole number ≤ x; its gradient is 0 */
export const floorOp = defineUnary({
  name: "floor",
  doc: "⌊x⌋, the largest whole number ≤ x; its gradient is 0",
  f: Math.floor,
  vjp: (x) => filledLike(0, x),
  range: [0.2, 0.8],
});

/**
 * ⌊x⌋, the largest whole number ≤ x; its gradient is 0, element by element.
 *
 * @example tensor([1.7, -1.2]).floor() // [1, -2]
 */
export const floor = unary(floorOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ⌊x⌋, the largest whole number ≤ x; its gradient is 0, element by element. */
    floor(): Tensor;
  }
}
Tensor.prototype.floor = function (this: Tensor) {
  return floor(this);
};
