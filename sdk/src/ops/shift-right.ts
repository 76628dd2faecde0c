import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** ⌊a / 2ᵇ⌋: the bits of a moved down by b, with broadcasting. */
export const shiftRightOp = defineBinary({
  name: "shiftRight",
  doc: "⌊a / 2ᵇ⌋: the bits of a moved down by b, with broadcasting.",
  f: (a, b) => a >>> b,
  vjp: { nondifferentiable: "bits have no derivative" },
  kind: "unsigned",
  range: [0, 7],
});

/**
 * ⌊a / 2ᵇ⌋: the bits of a moved down by b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * b lies in 0 … n−1, n being the bits of the dtype.
 * @example tensor([4294967295], { dtype: "uint32" }).shiftRight(31) // [1]
 */
export const shiftRight = binary(shiftRightOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** ⌊a / 2ᵇ⌋: the bits of a moved down by b, with broadcasting. */
    shiftRight(other: Operand): Tensor;
  }
}
Tensor.prototype.shiftRight = function (this: Tensor, other: Operand) {
  return shiftRight(this, other);
};
