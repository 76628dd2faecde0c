import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** Either a or b, with broadcasting. */
export const logicalXorOp = defineBinary({
  name: "logicalXor",
  doc: "Either a or b, with broadcasting.",
  f: (a, b) => Number(a !== b),
  vjp: { nondifferentiable: "truth values have no derivative" },
  kind: "bool",
});

/**
 * Either a or b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example logicalXor(tensor([1, 0], { dtype: "bool" }), tensor([1, 1], { dtype: "bool" })) // [0, 1]
 */
export const logicalXor = binary(logicalXorOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Either a or b, with broadcasting. */
    logicalXor(other: Operand): Tensor;
  }
}
Tensor.prototype.logicalXor = function (this: Tensor, other: Operand) {
  return logicalXor(this, other);
};
