import { apply, defineOp, specText, Tensor, type Spec } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { broadcastShapes, normalizeAxis, sizeOf, stridesOf, type Shape } from "../tensor/index.js";
import { zeros } from "./constant.js";
import { expand } from "./expand.js";
import { scatterElementsAdd } from "./scatter-elements-add.js";

export type ElementAttrs = { readonly axis: number };

/** One element of x for each index: y[…, i, …] = x[…, index[…, i, …], …]. */
export const gatherElementsOp = defineOp<ElementAttrs>({
  name: "gatherElements",
  doc: "One element of x for each index along an axis: y[…, i, …] = x[…, index[…, i, …], …].",
  traits: ["movement", "linear"],
  shape: ([x, index], { axis }) => {
    requireElementIndex("takeAlongAxis", x, index, axis);
    return [{ shape: index.shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x, index], grads: [g], attrs: { axis } }) => [
    g && scatterElementsAdd(zeros(x.shape, x.dtype), index, g, axis),
    undefined,
  ],
  reference: ([x, index], { axis }) => {
    const at = elementIndex("takeAlongAxis", x.shape, index, axis);
    return [Float64Array.from(at, (flat) => x.data[flat])];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 3, 2], dtype: "float32" },
        { shape: [2, 2, 2], dtype: "int32", values: [0, 2, 1, 1, 2, 2, 0, 2] },
      ],
      attrs: { axis: 1 },
    },
    {
      inputs: [
        { shape: [3], dtype: "uint8", low: 0, high: 255 },
        { shape: [2], dtype: "int32", values: [2, 0] },
      ],
      attrs: { axis: 0 },
    },
  ],
});

/** @throws E_DTYPE unless the index is int32; E_SHAPE unless it has the axes of x, of equal length but for one */
export function requireElementIndex(operation: string, x: Spec, index: Spec, axis: number): void {
  if (index.dtype !== "int32") {
    throw new GradlabError("E_DTYPE", `${operation}: indices must be int32, got ${specText(index)}.`, {
      hint: 'Convert them with .cast("int32").',
    });
  }
  const fits =
    x.shape.length === index.shape.length && x.shape.every((dim, i) => i === axis || dim === index.shape[i]);
  if (!fits) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: ${specText(x)} and indices ${specText(index)} differ outside axis ${axis}.`,
      { hint: "There is one index for each element of the result; both need the same number of axes." },
    );
  }
}

/** For each index the flat place in an array of `shape` that it selects. @throws E_INDEX for one outside the axis */
export function elementIndex(
  operation: string,
  shape: Shape,
  index: { readonly shape: Shape; readonly data: Float64Array },
  axis: number,
): Int32Array {
  const inner = stridesOf(index.shape)[axis];
  const length = index.shape[axis];
  return Int32Array.from({ length: sizeOf(index.shape) }, (_, flat) => {
    const at = index.data[flat];
    if (at < 0 || at >= shape[axis]) {
      throw new GradlabError(
        "E_INDEX",
        `${operation}: index ${at} is outside the ${shape[axis]} of axis ${axis}.`,
      );
    }
    return (Math.floor(flat / inner / length) * shape[axis] + at) * inner + (flat % inner);
  });
}

/**
 * One element of x for each index along an axis: y[…, i, …] = x[…, index[…, i, …], …] (NumPy's take_along_axis,
 * PyTorch's gather). Other axes broadcast. The gradient adds into the elements taken.
 *
 * @param index int32, as many axes as x, each in 0 … length−1
 * @param axis  negative ones count from the end. Default −1.
 * @throws E_SHAPE, E_DTYPE; E_INDEX (at run time) for an index outside the axis
 * @example takeAlongAxis(tensor([[1, 2], [3, 4]]), ids([[1], [0]])) // [[2], [3]]
 */
export function takeAlongAxis(x: Tensor, index: Tensor, axis = -1): Tensor {
  const along = normalizeAxis("takeAlongAxis", axis, x.rank);
  if (x.rank !== index.rank) return apply(gatherElementsOp, [x, index], { axis: along });
  const others = (shape: Shape): number[] => shape.map((dim, i) => (i === along ? 1 : dim));
  const common = broadcastShapes("takeAlongAxis", others(x.shape), others(index.shape));
  const stretched = (t: Tensor): Tensor =>
    expand(
      t,
      common.map((dim, i) => (i === along ? t.shape[i] : dim)),
    );
  return apply(gatherElementsOp, [stretched(x), stretched(index)], { axis: along });
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** One element for each index along an axis (the last by default). */
    takeAlongAxis(index: Tensor, axis?: number): Tensor;
  }
}
Tensor.prototype.takeAlongAxis = function (this: Tensor, index: Tensor, axis?: number) {
  return takeAlongAxis(this, index, axis);
};
