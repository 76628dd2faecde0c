import { Tensor } from "../graph/index.js";
import type { Operand } from "./broadcast.js";
import { filledLike } from "./constant.js";
import { binary, defineBinary } from "./elementwise.js";
import { equal } from "./equal.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

/** aᵇ, with broadcasting. */
export const powOp = defineBinary({
  name: "pow",
  doc: "aᵇ, with broadcasting.",
  kind: "float",
  neutral: 1,
  f: (a, b) => a ** b,
  vjp: (a, b, y, g) => [slopeInBase(a, b, g), slopeInExponent(a, y, g)],
  range: [0.5, 2],
});

/** g · b · aᵇ⁻¹; 0 for b = 0, even where a = 0. */
function slopeInBase(a: Tensor, b: Tensor, g: Tensor): Tensor {
  const slope = mul(g, mul(b, pow(a, sub(b, 1))));
  const { inputs, attrs } = b.node;
  const fixed = inputs.length === 0 && "value" in attrs ? attrs.value : undefined;
  if (fixed === 0) return filledLike(0, slope);
  return fixed === undefined ? where(equal(b, 0), 0, slope) : slope;
}

/** g · aᵇ · ln a; 0 where a = 0, as the limit is for b > 0. */
const slopeInExponent = (a: Tensor, y: Tensor, g: Tensor): Tensor =>
  where(equal(a, 0), 0, mul(g, mul(y, log(a))));

/**
 * aᵇ, with NumPy broadcasting; a number stands for a constant tensor. NaN for a < 0 and b not whole.
 *
 * @throws E_SHAPE when the shapes do not broadcast; E_DTYPE when the dtypes differ or are no floats
 * @source values: tests/golden/ops.json
 * @example tensor([1, 2, 3]).pow(2) // [1, 4, 9]
 */
export const pow = binary(powOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** aᵇ, with broadcasting. */
    pow(exponent: Operand): Tensor;
  }
}
Tensor.prototype.pow = function (this: Tensor, exponent: Operand) {
  return pow(this, exponent);
};
