import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a · b, with broadcasting. */
export const mulOp = defineBinary({
  name: "mul",
  doc: "a · b, with broadcasting.",
  neutral: 1,
  traits: ["linear", "scaling"],
  f: (a, b) => a * b,
  integer: Math.imul,
  vjp: (a, b, _y, g) => [mul(g, b), mul(g, a)],
});

/**
 * a · b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const mul = binary(mulOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a · b, with broadcasting. */
    mul(other: Operand): Tensor;
  }
}
Tensor.prototype.mul = function (this: Tensor, other: Operand) {
  return mul(this, other);
};
