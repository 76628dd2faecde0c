import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { broadcastShapes, sameShape, type Shape } from "../tensor/index.js";
import { broadcastIndex, sumTo } from "./broadcast.js";

/** Stretches axes of length 1 to a given shape. */
export const expandOp = defineOp<{ readonly shape: readonly number[] }>({
  name: "expand",
  doc: "Stretches axes of length 1 to a given shape.",
  traits: ["movement", "linear"],
  shape: ([x], { shape }) => {
    if (!sameShape(broadcastShapes("expand", x.shape, shape), shape)) {
      throw new GradlabError(
        "E_SHAPE",
        `expand: [${x.shape.join(", ")}] does not stretch to [${shape.join(", ")}].`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g] }) => [g && sumTo(g, x.shape)],
  reference: ([x], _, [out]) => [
    Float64Array.from(broadcastIndex(out.shape, x.shape), (index) => x.data[index]),
  ],
  samples: () => [{ inputs: [{ shape: [2, 1, 3], dtype: "float32" }], attrs: { shape: [4, 2, 5, 3] } }],
});

/**
 * Broadcasts to a shape. @throws E_SHAPE when the shape cannot be reached
 * @example ones([1, 3]).expand([2, 3]).shape // [2, 3]
 */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape: [...shape] });

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Broadcasts to a shape. */
    expand(shape: Shape): Tensor;
  }
}
Tensor.prototype.expand = function (this: Tensor, shape: Shape) {
  return expand(this, shape);
};
