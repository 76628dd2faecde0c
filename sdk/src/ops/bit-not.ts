import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";

/** Every bit of x turned over */
export const bitNotOp = defineUnary({
  name: "bitNot",
  doc: "Every bit of x turned over",
  f: (x) => ~x,
  vjp: { nondifferentiable: "bits have no derivative" },
  range: [0, 100],
  kind: "integer",
});

/**
 * Every bit of x turned over, element by element.
 *
 * @throws E_DTYPE unless x is an integer of 8 bits or more
 * @example bitNot(tensor([0, 1], { dtype: "uint32" })) // [4294967295, 4294967294]
 */
export const bitNot = unary(bitNotOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Every bit of x turned over, element by element. */
    bitNot(): Tensor;
  }
}
Tensor.prototype.bitNot = function (this: Tensor) {
  return bitNot(this);
};
