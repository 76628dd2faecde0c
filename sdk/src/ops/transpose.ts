import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sizeOf, stridesOf } from "../tensor/index.js";

type TransposeAttrs = { readonly order: readonly number[] };

/** Permutes axes: axis i of the result is axis order[i] of x. */
export const transposeOp = defineOp<TransposeAttrs>({
  name: "transpose",
  doc: "Permutes axes.",
  traits: ["movement", "linear"],
  shape: ([x], { order }) => {
    if (order.length !== x.shape.length || [...order].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
      throw new GradlabError(
        "E_SHAPE",
        `transpose: [${order.join(", ")}] is not an order of the ${x.shape.length} axes of [${x.shape.join(", ")}].`,
      );
    }
    return [{ shape: order.map((axis) => x.shape[axis]), dtype: x.dtype }];
  },
  vjp: ({ grads: [g], attrs: { order } }) => [g && transpose(g, inverse(order))],
  reference: ([x], { order }, [out]) => {
    const from = stridesOf(x.shape);
    const to = stridesOf(out.shape);
    const pick = (flat: number): number =>
      order.reduce((index, axis, i) => index + (Math.floor(flat / to[i]) % out.shape[i]) * from[axis], 0);
    return [Float64Array.from({ length: sizeOf(out.shape) }, (_, flat) => x.data[pick(flat)])];
  },
  samples: () => [{ inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { order: [2, 0, 1] } }],
});

function inverse(order: readonly number[]): number[] {
  const back = new Array<number>(order.length);
  order.forEach((axis, i) => (back[axis] = i));
  return back;
}

/**
 * Permutes axes; without an order the last two are swapped.
 *
 * @throws E_SHAPE when `order` is not a permutation of the axes
 * @example zeros([2, 3]).transpose().shape // [3, 2]
 */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const last = x.rank - 1;
  const swap = (axis: number): number => (axis === last ? last - 1 : axis === last - 1 ? last : axis);
  return apply(transposeOp, [x], { order: order ? [...order] : x.shape.map((_, axis) => swap(axis)) });
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Permutes axes; without an order the last two are swapped. */
    transpose(order?: readonly number[]): Tensor;
  }
}
Tensor.prototype.transpose = function (this: Tensor, order?: readonly number[]) {
  return transpose(this, order);
};
