import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sin } from "./sin.js";
/** cos x (radians) */
export const cosOp = defineUnary({
  name: "cos",
  doc: "cos x (radians)",
  f: Math.cos,
  vjp: (x, _y, g) => neg(mul(g, sin(x))),
  range: [-3, 3],
});

/** cos x (radians), element by element. */
export const cos = unary(cosOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** cos x (radians), element by element. */
    cos(): Tensor;
  }
}
Tensor.prototype.cos = function (this: Tensor) {
  return cos(this);
};
