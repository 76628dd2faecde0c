import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a or b, with broadcasting. */
export const logicalOrOp = defineBinary({
  name: "logicalOr",
  doc: "a or b, with broadcasting.",
  f: (a, b) => a || b,
  vjp: { nondifferentiable: "truth values have no derivative" },
  kind: "bool",
});

/**
 * a or b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example logicalOr(tensor([1, 0], { dtype: "bool" }), tensor([1, 1], { dtype: "bool" })) // [1, 1]
 */
export const logicalOr = binary(logicalOrOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a or b, with broadcasting. */
    logicalOr(other: Operand): Tensor;
  }
}
Tensor.prototype.logicalOr = function (this: Tensor, other: Operand) {
  return logicalOr(this, other);
};
