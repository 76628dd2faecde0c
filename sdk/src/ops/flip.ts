import { apply, defineOp, Tensor } from "../graph/index.js";
import { sizeOf, stridesOf } from "../tensor/index.js";
import { reduceAttrs } from "./reduce.js";

type FlipAttrs = { readonly axes: readonly number[] };

/** Axes turned round. */
export const flipOp = defineOp<FlipAttrs>({
  name: "flip",
  doc: "Axes turned round.",
  traits: ["movement", "linear"],
  shape: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: ({ grads: [g], attrs: { axes } }) => [g && flip(g, [...axes])],
  reference: ([x], { axes }) => {
    const strides = stridesOf(x.shape);
    const source = (flat: number): number =>
      axes.reduce((at, axis) => {
        const i = Math.floor(flat / strides[axis]) % x.shape[axis];
        return at + (x.shape[axis] - 1 - 2 * i) * strides[axis];
      }, flat);
    return [Float64Array.from({ length: sizeOf(x.shape) }, (_, flat) => x.data[source(flat)])];
  },
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { axes: [1] } },
    { inputs: [{ shape: [2, 3], dtype: "bool", values: [1, 0, 0, 1, 1, 0] }], attrs: { axes: [0, 1] } },
  ],
});

/**
 * The elements in reverse order along axes (all by default; negative ones count from the end).
 *
 * @throws E_INDEX for an axis outside the rank
 * @example tensor([[1, 2], [3, 4]]).flip(-1) // [[2, 1], [4, 3]]
 */
export function flip(x: Tensor, axes?: number | number[]): Tensor {
  const { axes: turned } = reduceAttrs("flip", x.rank, { axes });
  return turned.length === 0 ? x : apply(flipOp, [x], { axes: turned });
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The elements in reverse order along axes (all by default). */
    flip(axes?: number | number[]): Tensor;
  }
}
Tensor.prototype.flip = function (this: Tensor, axes?: number | number[]) {
  return flip(this, axes);
};
