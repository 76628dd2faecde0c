import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
/** a / b, with broadcasting; whole numbers are cut toward zero, x / 0 is 0. */
export const divOp = defineBinary({
  name: "div",
  doc: "a / b, with broadcasting.",
  neutral: 1,
  f: (a, b) => a / b,
  vjp: (_a, b, y, g) => [div(g, b), neg(div(mul(g, y), b))],
  range: [0.5, 2],
});

/**
 * a / b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const div = binary(divOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a / b, with broadcasting. */
    div(other: Operand): Tensor;
  }
}
Tensor.prototype.div = function (this: Tensor, other: Operand) {
  return div(this, other);
};
