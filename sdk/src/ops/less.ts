import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a < b as bool, with broadcasting. */
export const lessOp = defineBinary({
  name: "less",
  doc: "a < b as bool, with broadcasting.",
  f: (a, b) => Number(a < b),
  vjp: { nondifferentiable: "a comparison is a step" },
  dtype: "bool",
});

/**
 * a < b as bool, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const less = binary(lessOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a < b as bool, with broadcasting. */
    less(other: Operand): Tensor;
  }
}
Tensor.prototype.less = function (this: Tensor, other: Operand) {
  return less(this, other);
};
