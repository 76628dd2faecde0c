import { apply, defineOp, Tensor } from "../graph/index.js";
import { fromNumbers, isFloat, toNumbers, type DType } from "../tensor/index.js";

type CastAttrs = { readonly to: string };

/** The same values in another dtype: floats round to nearest even, floats to integers truncate. */
export const castOp = defineOp<CastAttrs>({
  name: "cast",
  doc: "The same values in another dtype.",
  traits: ["elementwise"],
  shape: ([x], { to }) => [{ shape: x.shape, dtype: to as DType }],
  vjp: ({ inputs: [x], grads: [g] }) => [g && isFloat(x.dtype) ? cast(g, x.dtype) : undefined],
  // Only narrow types round here: the oracle computes float32 graphs in double precision.
  reference: ([x], { to }) => [
    to === "float32" || to === "float64"
      ? x.data.slice()
      : toNumbers(fromNumbers(x.data, x.shape, to as DType)),
  ],
  samples: () => [
    { inputs: [{ shape: [2, 3], dtype: "float32" }], attrs: { to: "float32" } },
    { inputs: [{ shape: [2, 3], dtype: "int32", values: [1, -2, 3, 4, 5, 6] }], attrs: { to: "float32" } },
    { inputs: [{ shape: [2], dtype: "bool", values: [1, 0] }], attrs: { to: "float32" } },
  ],
});

/** Converts to another dtype; the gradient is converted back. @example tensor([1.7]).cast("int32") // [1] */
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply(castOp, [x], { to }));

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Converts to another dtype. */
    cast(to: DType): Tensor;
  }
}
Tensor.prototype.cast = function (this: Tensor, to: DType) {
  return cast(this, to);
};
