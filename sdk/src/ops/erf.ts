import { Tensor } from "../graph/index.js";
import { defineUnary, unary } from "./elementwise.js";
import { erfOf } from "./error-function.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
/** The error function (2/√π)∫₀ˣ e^(−t²) dt */
export const erfOp = defineUnary({
  name: "erf",
  doc: "The error function (2/√π)∫₀ˣ e^(−t²) dt",
  f: erfOf,
  vjp: (x, _y, g) => mul(g, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x))))),
  range: [-2, 2],
});

/** The error function (2/√π)∫₀ˣ e^(−t²) dt, element by element. */
export const erf = unary(erfOp);

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The error function (2/√π)∫₀ˣ e^(−t²) dt, element by element. */
    erf(): Tensor;
  }
}
Tensor.prototype.erf = function (this: Tensor) {
  return erf(this);
};
