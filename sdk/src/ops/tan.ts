import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { add } from "./add.js";
import { mul } from "./mul.js";

/** tan x */
export const tanOp = defineUnary({
  name: "tan",
  doc: "tan x",
  f: Math.tan,
  vjp: (_x, y, g) => mul(g, add(mul(y, y), 1)),
  range: [-1, 1],
});

/** tan x, element by element. */
export const tan = unary(tanOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** tan x, element by element. */
    tan(): Tensor;
  }
}
Tensor.prototype.tan = function (this: Tensor) {
  return tan(this);
};
