import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** The bits set in both a and b, with broadcasting. */
export const bitAndOp = defineBinary({
  name: "bitAnd",
  doc: "The bits set in both a and b, with broadcasting.",
  f: (a, b) => Number(BigInt(a) & BigInt(b)),
  integer: (a, b) => a & b,
  vjp: { nondifferentiable: "bits have no derivative" },
  kind: "integer",
});

/**
 * The bits set in both a and b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example tensor([12], { dtype: "uint32" }).bitAnd(10) // [8]
 */
export const bitAnd = binary(bitAndOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The bits set in both a and b, with broadcasting. */
    bitAnd(other: Operand): Tensor;
  }
}
Tensor.prototype.bitAnd = function (this: Tensor, other: Operand) {
  return bitAnd(this, other);
};
