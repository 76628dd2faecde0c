import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { add } from "./add.js";
import { div } from "./div.js";

/** ln(1 + x), exact for small x */
export const log1pOp = defineUnary({
  name: "log1p",
  doc: "ln(1 + x), exact for small x",
  f: Math.log1p,
  vjp: (x, _y, g) => div(g, add(x, 1)),
  range: [-0.5, 2],
});

/**
 * ln(1 + x), exact for small x, element by element.
 *
 * @example log1p(tensor([0, 0.5])) // [0, 0.4054]
 */
export const log1p = unary(log1pOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ln(1 + x), exact for small x, element by element. */
    log1p(): Tensor;
  }
}
Tensor.prototype.log1p = function (this: Tensor) {
  return log1p(this);
};
