import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";

/** Whether x is not a number, as bool */
export const isNaNOp = defineUnary({
  name: "isNaN",
  doc: "Whether x is not a number, as bool",
  f: (x) => Number(Number.isNaN(x)),
  vjp: { nondifferentiable: "a test of values is a step" },
  range: [-2, 2],
  dtype: "bool",
});

/**
 * Whether x is not a number, as bool, element by element.
 *
 * @example tensor([0, NaN]).isNaN() // [0, 1]
 */
export const isNaN = unary(isNaNOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Whether x is not a number, as bool, element by element. */
    isNaN(): Tensor;
  }
}
Tensor.prototype.isNaN = function (this: Tensor) {
  return isNaN(this);
};
