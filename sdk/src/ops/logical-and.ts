import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a and b, with broadcasting. */
export const logicalAndOp = defineBinary({
  name: "logicalAnd",
  doc: "a and b, with broadcasting.",
  f: (a, b) => a && b,
  vjp: { nondifferentiable: "truth values have no derivative" },
  kind: "bool",
});

/**
 * a and b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example logicalAnd(tensor([1, 0], { dtype: "bool" }), tensor([1, 1], { dtype: "bool" })) // [1, 0]
 */
export const logicalAnd = binary(logicalAndOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a and b, with broadcasting. */
    logicalAnd(other: Operand): Tensor;
  }
}
Tensor.prototype.logicalAnd = function (this: Tensor, other: Operand) {
  return logicalAnd(this, other);
};
