import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";
import { less } from "./less.js";
import { where } from "./where.js";

/** min(a, b); the gradient goes to the smaller, with broadcasting. */
export const minimumOp = defineBinary({
  name: "minimum",
  doc: "min(a, b); the gradient goes to the smaller, with broadcasting.",
  f: Math.min,
  vjp: (a, b, _y, g) => [where(less(a, b), g, 0), where(less(a, b), 0, g)],
});

/**
 * min(a, b); the gradient goes to the smaller, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const minimum = binary(minimumOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** min(a, b); the gradient goes to the smaller, with broadcasting. */
    minimum(other: Operand): Tensor;
  }
}
Tensor.prototype.minimum = function (this: Tensor, other: Operand) {
  return minimum(this, other);
};
