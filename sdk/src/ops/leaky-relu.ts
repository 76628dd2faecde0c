import { apply, defineOp, Tensor } from "../graph/index.js";
import { greater } from "./greater.js";
import { requireKind } from "./kind.js";
import { mul } from "./mul.js";
import { where } from "./where.js";

type SlopeAttrs = { readonly alpha: number };

/** x where x > 0, alpha · x elsewhere. */
export const leakyReluOp = defineOp<SlopeAttrs>({
  name: "leakyRelu",
  doc: "x for x > 0, alpha · x elsewhere",
  traits: ["elementwise"],
  shape: ([x]) => {
    requireKind("leakyRelu", [x], "float");
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g], attrs: { alpha } }) => [g && where(greater(x, 0), g, mul(g, alpha))],
  reference: ([x], { alpha }) => [x.data.map((value) => (value > 0 ? value : alpha * value))],
  samples: () => [
    { inputs: [{ shape: [4], dtype: "float32", values: [-2, -0.5, 0.5, 2] }], attrs: { alpha: 0.1 } },
  ],
});

/**
 * Leaky ReLU: x for x > 0, alpha · x elsewhere (alpha 0.01 by default).
 *
 * @throws E_DTYPE unless x is a float tensor
 * @source Maas et al. 2013; values: tests/golden/ops.json
 * @example leakyRelu(tensor([-1, 2]), { alpha: 0.5 }) // [-0.5, 2]
 */
export const leakyRelu = (x: Tensor, { alpha = 0.01 }: Partial<SlopeAttrs> = {}): Tensor =>
  apply(leakyReluOp, [x], { alpha });

declare module "../graph/tensor.js" {
  interface Tensor {
    /** x for x > 0, alpha · x elsewhere. */
    leakyRelu(options?: { readonly alpha?: number }): Tensor;
  }
}
Tensor.prototype.leakyRelu = function (this: Tensor, options?: { readonly alpha?: number }) {
  return leakyRelu(this, options);
};
