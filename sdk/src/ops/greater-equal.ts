import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a ≥ b as bool, with broadcasting. */
export const greaterEqualOp = defineBinary({
  name: "greaterEqual",
  doc: "a ≥ b as bool, with broadcasting.",
  f: (a, b) => Number(a >= b),
  vjp: { nondifferentiable: "a comparison is a step" },
  dtype: "bool",
});

/**
 * a ≥ b as bool, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example tensor([1, 2, 3]).greaterEqual(2) // [0, 1, 1]
 */
export const greaterEqual = binary(greaterEqualOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a ≥ b as bool, with broadcasting. */
    greaterEqual(other: Operand): Tensor;
  }
}
Tensor.prototype.greaterEqual = function (this: Tensor, other: Operand) {
  return greaterEqual(this, other);
};
