import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { cos } from "./cos.js";
import { mul } from "./mul.js";
/** sin x (radians) */
export const sinOp = defineUnary({
  name: "sin",
  doc: "sin x (radians)",
  f: Math.sin,
  vjp: (x, _y, g) => mul(g, cos(x)),
  range: [-3, 3],
});

/** sin x (radians), element by element. */
export const sin = unary(sinOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** sin x (radians), element by element. */
    sin(): Tensor;
  }
}
Tensor.prototype.sin = function (this: Tensor) {
  return sin(this);
};
