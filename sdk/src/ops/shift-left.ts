import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a · 2ᵇ modulo 2ⁿ: the bits of a moved up by b, with broadcasting. */
export const shiftLeftOp = defineBinary({
  name: "shiftLeft",
  doc: "a · 2ᵇ modulo 2ⁿ: the bits of a moved up by b, with broadcasting.",
  f: (a, b) => a << b,
  vjp: { nondifferentiable: "bits have no derivative" },
  kind: "unsigned",
  range: [0, 7],
});

/**
 * a · 2ᵇ modulo 2ⁿ: the bits of a moved up by b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * b lies in 0 … n−1, n being the bits of the dtype.
 * @example tensor([3], { dtype: "uint32" }).shiftLeft(31) // [2147483648]
 */
export const shiftLeft = binary(shiftLeftOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a · 2ᵇ modulo 2ⁿ: the bits of a moved up by b, with broadcasting. */
    shiftLeft(other: Operand): Tensor;
  }
}
Tensor.prototype.shiftLeft = function (this: Tensor, other: Operand) {
  return shiftLeft(this, other);
};
