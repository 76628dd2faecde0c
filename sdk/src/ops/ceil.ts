import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { filledLike } from "./constant.js";

/** ⌈x⌉, the smallest whole number ≥ x; its gradient is 0 */
export const ceilOp = defineUnary({
  name: "ceil",
  doc: "⌈x⌉, the smallest whole number ≥ x; its gradient is 0",
  f: Math.ceil,
  vjp: (x) => filledLike(0, x),
  range: [0.2, 0.8],
});

/**
 * ⌈x⌉, the smallest whole number ≥ x; its gradient is 0, element by element.
 *
 * @example tensor([1.2, -1.7]).ceil() // [2, -1]
 */
export const ceil = unary(ceilOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ⌈x⌉, the smallest whole number ≥ x; its gradient is 0, element by element. */
    ceil(): Tensor;
  }
}
Tensor.prototype.ceil = function (this: Tensor) {
  return ceil(this);
};
