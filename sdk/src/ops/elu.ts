import { apply, defineOp, Tensor } from "../graph/index.js";
import { add } from "./add.js";
import { greater } from "./greater.js";
import { requireKind } from "./kind.js";
import { mul } from "./mul.js";
import { where } from "./where.js";

type EluAttrs = { readonly alpha: number };

/** x where x > 0, alpha · (eˣ − 1) elsewhere. */
export const eluOp = defineOp<EluAttrs>({
  name: "elu",
  doc: "x for x > 0, alpha · (eˣ − 1) elsewhere",
  traits: ["elementwise"],
  shape: ([x]) => {
    requireKind("elu", [x], "float");
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  // The forward result stands in for alpha · eˣ − alpha.
  vjp: ({ inputs: [x], outputs: [y], grads: [g], attrs: { alpha } }) => [
    g && where(greater(x, 0), g, mul(g, add(y, alpha))),
  ],
  reference: ([x], { alpha }) => [x.data.map((value) => (value > 0 ? value : alpha * Math.expm1(value)))],
  samples: () => [
    { inputs: [{ shape: [4], dtype: "float32", values: [-2, -0.5, 0.5, 2] }], attrs: { alpha: 1.5 } },
  ],
});

/**
 * ELU: x for x > 0, alpha · (eˣ − 1) elsewhere (alpha 1 by default).
 *
 * @throws E_DTYPE unless x is a float tensor
 * @source Clevert et al. 2015; values: tests/golden/ops.json
 * @example elu(tensor([-1, 2])) // [-0.6321, 2]
 */
export const elu = (x: Tensor, { alpha = 1 }: Partial<EluAttrs> = {}): Tensor => apply(eluOp, [x], { alpha });

declare module "../graph/tensor.js" {
  interface Tensor {
    /** x for x > 0, alpha · (eˣ − 1) elsewhere. */
    elu(options?: { readonly alpha?: number }): Tensor;
  }
}
Tensor.prototype.elu = function (this: Tensor, options?: { readonly alpha?: number }) {
  return elu(this, options);
};
