import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { div } from "./div.js";
import { mul } from "./mul.js";
/** √x */
export const sqrtOp = defineUnary({
  name: "sqrt",
  doc: "√x",
  f: Math.sqrt,
  vjp: (_x, y, g) => div(mul(g, 0.5), y),
  range: [0.3, 3],
});

/** √x, element by element. */
export const sqrt = unary(sqrtOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** √x, element by element. */
    sqrt(): Tensor;
  }
}
Tensor.prototype.sqrt = function (this: Tensor) {
  return sqrt(this);
};
