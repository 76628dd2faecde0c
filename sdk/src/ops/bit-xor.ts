import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** The bits set in one of a and b, with broadcasting. */
export const bitXorOp = defineBinary({
  name: "bitXor",
  doc: "The bits set in one of a and b, with broadcasting.",
  f: (a, b) => Number(BigInt(a) ^ BigInt(b)),
  integer: (a, b) => a ^ b,
  vjp: { nondifferentiable: "bits have no derivative" },
  kind: "integer",
});

/**
 * The bits set in one of a and b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example tensor([12], { dtype: "uint32" }).bitXor(10) // [6]
 */
export const bitXor = binary(bitXorOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The bits set in one of a and b, with broadcasting. */
    bitXor(other: Operand): Tensor;
  }
}
Tensor.prototype.bitXor = function (this: Tensor, other: Operand) {
  return bitXor(this, other);
};
