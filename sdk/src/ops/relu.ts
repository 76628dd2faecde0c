import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { greater } from "./greater.js";
import { where } from "./where.js";

/** max(x, 0); its gradient at 0 is 0 */
export const reluOp = defineUnary({
  name: "relu",
  doc: "max(x, 0); its gradient at 0 is 0",
  f: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  vjp: (_x, y, g) => where(greater(y, 0), g, 0),
  range: [0.2, 2],
});

/**
 * max(x, 0); its gradient at 0 is 0, element by element.
 *
 * @source Nair and Hinton 2010
 * @example relu(tensor([-1, 0, 2])) // [0, 0, 2]
 */
export const relu = unary(reluOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** max(x, 0); its gradient at 0 is 0, element by element. */
    relu(): Tensor;
  }
}
Tensor.prototype.relu = function (this: Tensor) {
  return relu(this);
};
