import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** The upper 32 bits of the 64-bit product a · b, with broadcasting. */
export const mulHighOp = defineBinary({
  name: "mulHigh",
  doc: "The upper 32 bits of the 64-bit product a · b, with broadcasting.",
  f: (a, b) => Number((BigInt(a) * BigInt(b)) >> 32n),
  vjp: { nondifferentiable: "bits have no derivative" },
  kind: "uint32",
});

/**
 * The upper 32 bits of the 64-bit product a · b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @throws E_DTYPE unless both are uint32
 * @example tensor([4294967295], { dtype: "uint32" }).mulHigh(2) // [1]
 */
export const mulHigh = binary(mulHighOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The upper 32 bits of the 64-bit product a · b, with broadcasting. */
    mulHigh(other: Operand): Tensor;
  }
}
Tensor.prototype.mulHigh = function (this: Tensor, other: Operand) {
  return mulHigh(this, other);
};
