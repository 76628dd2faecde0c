import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";
import { neg } from "./neg.js";
/** a − b, with broadcasting. */
export const subOp = defineBinary({
  name: "sub",
  doc: "a − b, with broadcasting.",
  neutral: 0,
  traits: ["linear"],
  f: (a, b) => a - b,
  vjp: (_a, _b, _y, g) => [g, neg(g)],
});

/**
 * a − b, with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ
 */
export const sub = binary(subOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a − b, with broadcasting. */
    sub(other: Operand): Tensor;
  }
}
Tensor.prototype.sub = function (this: Tensor, other: Operand) {
  return sub(this, other);
};
