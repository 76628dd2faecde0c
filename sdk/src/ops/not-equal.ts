import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { equal } from "./equal.js";
import { logicalNot } from "./logical-not.js";

/**
 * a ≠ b as bool, with NumPy broadcasting; a number stands for a constant tensor. NaN differs from everything.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 * @example tensor([1, 2]).notEqual(2) // [1, 0]
 */
export const notEqual = (a: Operand, b: Operand): Tensor => logicalNot(equal(a, b));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a ≠ b as bool, with broadcasting. */
    notEqual(other: Operand): Tensor;
  }
}
Tensor.prototype.notEqual = function (this: Tensor, other: Operand) {
  return notEqual(this, other);
};
