import { apply, defineOp, Tensor } from "../graph/index.js";
import { add } from "./add.js";
import { erf } from "./erf.js";
import { erfOf } from "./error-function.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { sigmoid } from "./sigmoid.js";
import { sub } from "./sub.js";

type GeluAttrs = { readonly approximate: "none" | "tanh" };

const K = Math.sqrt(2 / Math.PI);
const C = 0.044715;

/** x · Φ(x), exact or by the tanh formula. */
export const geluOp = defineOp<GeluAttrs>({
  name: "gelu",
  doc: "x · Φ(x), Φ the standard normal distribution, exact or by the tanh formula.",
  traits: ["elementwise"],
  shape: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: ({ inputs: [x], outputs: [y], grads: [g], attrs: { approximate } }) => [
    g && mul(g, approximate === "tanh" ? tanhSlope(x, y) : exactSlope(x)),
  ],
  reference: ([x], { approximate }) => [
    x.data.map((value) =>
      approximate === "tanh"
        ? 0.5 * value * (1 + Math.tanh(K * (value + C * value ** 3)))
        : 0.5 * value * (1 + erfOf(value * Math.SQRT1_2)),
    ),
  ],
  samples: () =>
    (["none", "tanh"] as const).map((approximate) => ({
      inputs: [{ shape: [2, 3], dtype: "float32", low: -3, high: 3 }],
      attrs: { approximate },
    })),
});

/** Since (1 + tanh u)/2 = σ(2u): y = xσ(v) with v = 2u, so y′ = σ + y(1 − σ)v′; v′ = 2K + 6KCx². */
function tanhSlope(x: Tensor, y: Tensor): Tensor {
  const square = mul(x, x);
  const s = sigmoid(mul(x, add(mul(square, 2 * K * C), 2 * K)));
  return add(s, mul(mul(y, sub(1, s)), add(mul(square, 6 * K * C), 2 * K)));
}

function exactSlope(x: Tensor): Tensor {
  const phi = mul(exp(mul(mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return add(mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5), mul(x, phi));
}

/**
 * GELU: x · Φ(x).
 *
 * @param options.approximate "none" (default) is exact; "tanh" is 0.5x(1 + tanh(√(2/π)(x + 0.044715x³)))
 * @source Hendrycks and Gimpel 2016; values: tests/golden/layers.json
 */
export const gelu = (x: Tensor, { approximate = "none" }: Partial<GeluAttrs> = {}): Tensor =>
  apply(geluOp, [x], { approximate });

declare module "../graph/tensor.js" {
  interface Tensor {
    /** GELU, exact unless `approximate: "tanh"`. */
    gelu(options?: { readonly approximate?: "none" | "tanh" }): Tensor;
  }
}
Tensor.prototype.gelu = function (this: Tensor, options?: { readonly approximate?: "none" | "tanh" }) {
  return gelu(this, options);
};
