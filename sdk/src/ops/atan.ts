import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { mul } from "./mul.js";

/** arctan x, in (−π/2, π/2) */
export const atanOp = defineUnary({
  name: "atan",
  doc: "arctan x, in (−π/2, π/2)",
  f: Math.atan,
  vjp: (x, _y, g) => div(g, add(mul(x, x), 1)),
  range: [-2, 2],
});

/** arctan x, in (−π/2, π/2), element by element. */
export const atan = unary(atanOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** arctan x, in (−π/2, π/2), element by element. */
    atan(): Tensor;
  }
}
Tensor.prototype.atan = function (this: Tensor) {
  return atan(this);
};
