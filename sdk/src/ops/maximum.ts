import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";
import { greater } from "./greater.js";
import { where } from "./where.js";

/** max(a, b); the gradient goes to the larger, with broadcasting. */
export const maximumOp = defineBinary({
  name: "maximum",
  doc: "max(a, b); the gradient goes to the larger, with broadcasting.",
  f: Math.max,
  vjp: (a, b, _y, g) => [where(greater(a, b), g, 0), where(greater(a, b), 0, g)],
});

/**
 * max(a, b); the gradient goes to the larger, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const maximum = binary(maximumOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** max(a, b); the gradient goes to the larger, with broadcasting. */
    maximum(other: Operand): Tensor;
  }
}
Tensor.prototype.maximum = function (this: Tensor, other: Operand) {
  return maximum(this, other);
};
