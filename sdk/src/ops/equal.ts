import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a = b as bool, with broadcasting. */
export const equalOp = defineBinary({
  name: "equal",
  doc: "a = b as bool, with broadcasting.",
  f: (a, b) => Number(a === b),
  vjp: { nondifferentiable: "a comparison is a step" },
  dtype: "bool",
  kind: "any",
});

/**
 * a = b as bool, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const equal = binary(equalOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a = b as bool, with broadcasting. */
    equal(other: Operand): Tensor;
  }
}
Tensor.prototype.equal = function (this: Tensor, other: Operand) {
  return equal(this, other);
};
