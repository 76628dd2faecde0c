import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { formatSpec, sameShape, sizeOf, type Shape } from "../tensor/index.js";

/** The same values under another shape; row-major order is kept. */
export const reshapeOp = defineOp<{ readonly shape: readonly number[] }>({
  name: "reshape",
  doc: "The same values under another shape.",
  traits: ["movement", "view", "linear"],
  shape: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new GradlabError(
        "E_SHAPE",
        `reshape: ${formatSpec(x.dtype, x.shape)} has ${sizeOf(x.shape)} elements, [${shape.join(", ")}] needs ${sizeOf(shape)}.`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x], grads: [g] }) => [g && reshape(g, x.shape)],
  reference: ([x]) => [x.data.slice()],
  samples: () => [{ inputs: [{ shape: [2, 6], dtype: "float32" }], attrs: { shape: [3, 4] } }],
});

/**
 * The same values under another shape; one axis may be −1 and is computed.
 *
 * @throws E_SHAPE when the number of elements differs
 * @example zeros([2, 6]).reshape([3, -1]).shape // [3, 4]
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.filter((dim) => dim !== -1);
  const missing = sizeOf(x.shape) / sizeOf(known);
  const resolved = shape.map((dim) => (dim === -1 ? missing : dim));
  if (!Number.isInteger(missing) || shape.length - known.length > 1) {
    throw new GradlabError("E_SHAPE", `reshape: ${x.toString()} cannot become [${shape.join(", ")}].`);
  }
  return sameShape(resolved, x.shape) ? x : apply(reshapeOp, [x], { shape: resolved });
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The same values under another shape; one axis may be −1. */
    reshape(shape: Shape): Tensor;
  }
}
Tensor.prototype.reshape = function (this: Tensor, shape: Shape) {
  return reshape(this, shape);
};
