import { apply, defineOp, STOP, Tensor } from "../graph/index.js";

/** x, but nothing flows back. */
export const stopGradientOp = defineOp<Record<string, never>>({
  name: "stopGradient",
  doc: "x, but no gradient flows back.",
  traits: ["elementwise", "view"],
  shape: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: { nondifferentiable: STOP },
  reference: ([x]) => [x.data.slice()],
  samples: () => [{ inputs: [{ shape: [2, 3], dtype: "float32" }], attrs: {} }],
});

/** The same values, treated as constant by `grad`. */
export const stopGradient = (x: Tensor): Tensor => apply(stopGradientOp, [x], {});

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The same values, treated as constant by `grad`. */
    stopGradient(): Tensor;
  }
}
Tensor.prototype.stopGradient = function (this: Tensor) {
  return stopGradient(this);
};
