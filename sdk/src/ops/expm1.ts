import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { add } from "./add.js";
import { mul } from "./mul.js";

/** eˣ − 1, exact for small x */
export const expm1Op = defineUnary({
  name: "expm1",
  doc: "eˣ − 1, exact for small x",
  f: Math.expm1,
  vjp: (_x, y, g) => mul(g, add(y, 1)),
  range: [-1, 1],
});

/**
 * eˣ − 1, exact for small x, element by element.
 *
 * @example expm1(tensor([0, 0.5])) // [0, 0.6487]
 */
export const expm1 = unary(expm1Op);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** eˣ − 1, exact for small x, element by element. */
    expm1(): Tensor;
  }
}
Tensor.prototype.expm1 = function (this: Tensor) {
  return expm1(this);
};
