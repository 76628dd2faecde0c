import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";

/** a + b, with broadcasting. */
export const addOp = defineBinary({
  name: "add",
  doc: "a + b, with broadcasting.",
  neutral: 0,
  traits: ["linear", "additive"],
  f: (a, b) => a + b,
  vjp: (_a, _b, _y, g) => [g, g],
});

/**
 * a + b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const add = binary(addOp);

/** The sum of two gradients of which either may be absent. */
export const addDefined = (a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined =>
  a && b ? add(a, b) : (a ?? b);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a + b, with broadcasting. */
    add(other: Operand): Tensor;
  }
}
Tensor.prototype.add = function (this: Tensor, other: Operand) {
  return add(this, other);
};
