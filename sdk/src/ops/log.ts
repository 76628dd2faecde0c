import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { div } from "./div.js";
/** ln x, for x > 0 */
export const logOp = defineUnary({
  name: "log",
  doc: "ln x, for x > 0",
  f: Math.log,
  vjp: (x, _y, g) => div(g, x),
  range: [0.3, 3],
});

/** ln x, for x > 0, element by element. */
export const log = unary(logOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ln x, for x > 0, element by element. */
    log(): Tensor;
  }
}
Tensor.prototype.log = function (this: Tensor) {
  return log(this);
};
