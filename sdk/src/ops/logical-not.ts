import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";

/** Not x */
export const logicalNotOp = defineUnary({
  name: "logicalNot",
  doc: "Not x",
  f: (x) => 1 - x,
  vjp: { nondifferentiable: "truth values have no derivative" },
  range: [0, 1],
  kind: "bool",
});

/**
 * Not x, element by element.
 *
 * @throws E_DTYPE unless x is bool
 * @example logicalNot(tensor([1, 0], { dtype: "bool" })) // [0, 1]
 */
export const logicalNot = unary(logicalNotOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Not x, element by element. */
    logicalNot(): Tensor;
  }
}
Tensor.prototype.logicalNot = function (this: Tensor) {
  return logicalNot(this);
};
