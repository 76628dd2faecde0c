import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { filledLike } from "./constant.js";

function halfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** x rounded to the nearest whole number, halves to even; its gradient is 0 */
export const roundOp = defineUnary({
  name: "round",
  doc: "x rounded to the nearest whole number, halves to even; its gradient is 0",
  f: halfToEven,
  vjp: (x) => filledLike(0, x),
  range: [0.6, 1.4],
});

/**
 * x rounded to the nearest whole number, halves to even; its gradient is 0, element by element.
 *
 * @example tensor([0.5, 1.5, -1.5, 2.4]).round() // [0, 2, -2, 2]
 */
export const round = unary(roundOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** x rounded to the nearest whole number, halves to even; its gradient is 0, element by element. */
    round(): Tensor;
  }
}
Tensor.prototype.round = function (this: Tensor) {
  return round(this);
};
