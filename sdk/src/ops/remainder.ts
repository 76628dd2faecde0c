import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { binary, defineBinary } from "./elementwise.js";
import { div } from "./div.js";
import { floor } from "./floor.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";

/** a − b⌊a/b⌋, with the sign of b (0 for integers where b = 0), with broadcasting. */
export const remainderOp = defineBinary({
  name: "remainder",
  doc: "a − b⌊a/b⌋, with the sign of b (0 for integers where b = 0), with broadcasting.",
  f: (a, b) => ((a % b) + b) % b,
  integer: (a, b) => (b === 0 ? 0 : ((a % b) + b) % b),
  vjp: (a, b, _y, g) => [g, neg(mul(g, floor(div(a, b))))],
  range: [0.6, 1.7],
});

/**
 * a − b⌊a/b⌋, with the sign of b (0 for integers where b = 0), with NumPy broadcasting; a number stands for a constant tensor.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are of another kind
 * @example tensor([5, -5]).remainder(3) // [2, 1]
 */
export const remainder = binary(remainderOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** a − b⌊a/b⌋, with the sign of b (0 for integers where b = 0), with broadcasting. */
    remainder(other: Operand): Tensor;
  }
}
Tensor.prototype.remainder = function (this: Tensor, other: Operand) {
  return remainder(this, other);
};
