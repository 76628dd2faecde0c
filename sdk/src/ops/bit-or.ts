import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** The bits set in a or b, with broadcasting. */
export const bitOrOp = defineBinary({
  name: "bitOr",
  doc: "The bits set in a or b, with broadcasting.",
  f: (a, b) => Number(BigInt(a) | BigInt(b)),
  integer: (a, b) => a | b,
  vjp: { nondifferentiable: "bits have no derivative" },
  kind: "integer",
});

/**
 * The bits set in a or b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example tensor([12], { dtype: "uint32" }).bitOr(10) // [14]
 */
export const bitOr = binary(bitOrOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The bits set in a or b, with broadcasting. */
    bitOr(other: Operand): Tensor;
  }
}
Tensor.prototype.bitOr = function (this: Tensor, other: Operand) {
  return bitOr(this, other);
};
