import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis, sameShape } from "../tensor/index.js";
import { requireSameDType } from "./broadcast.js";
import { elementIndex, requireElementIndex, takeAlongAxis, type ElementAttrs } from "./gather-elements.js";
import { requireKind } from "./kind.js";

/** base with one value added at each index: y = base; y[…, index[…, i, …], …] += values[…, i, …]. */
export const scatterElementsAddOp = defineOp<ElementAttrs>({
  name: "scatterElementsAdd",
  doc: "base with one value added at each index along an axis; repeated indices accumulate.",
  traits: ["accumulates"],
  shape: ([base, index, values], { axis }) => {
    requireElementIndex("scatterElementsAdd", base, index, axis);
    requireKind("scatterElementsAdd", [base], "number");
    requireSameDType("scatterElementsAdd", [base, values]);
    if (!sameShape(values.shape, index.shape)) {
      throw new GradlabError(
        "E_SHAPE",
        `scatterElementsAdd: values ${specText(values)} and indices ${specText(index)} differ.`,
        { hint: "There is one index for each value." },
      );
    }
    return [{ shape: base.shape, dtype: base.dtype }];
  },
  vjp: ({ inputs: [, index], grads: [g], attrs: { axis } }) => [
    g,
    undefined,
    g && takeAlongAxis(g, index, axis),
  ],
  reference: ([base, index, values], { axis }) => {
    const out = base.data.slice();
    elementIndex("scatterElementsAdd", base.shape, index, axis).forEach(
      (at, i) => (out[at] += values.data[i]),
    );
    return [out];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 3], dtype: "float32" },
        { shape: [2, 4], dtype: "int32", values: [0, 2, 0, 1, 1, 1, 1, 2] },
        { shape: [2, 4], dtype: "float32" },
      ],
      attrs: { axis: 1 },
    },
    {
      inputs: [
        { shape: [3, 2], dtype: "int32", low: -9, high: 9 },
        { shape: [2, 2], dtype: "int32", values: [0, 2, 0, 1] },
        { shape: [2, 2], dtype: "int32", low: -9, high: 9 },
      ],
      attrs: { axis: 0 },
    },
  ],
});

/**
 * Adds one value at each index along an axis: y = base; y[…, index[…, i, …], …] += values[…, i, …]. Repeated indices
 * accumulate. The transpose of {@link takeAlongAxis}.
 *
 * @param index int32, shaped as `values`, each in 0 … length−1
 * @param axis  negative ones count from the end. Default −1.
 * @throws E_SHAPE, E_DTYPE; E_INDEX (at run time) for an index outside the axis
 * @example scatterElementsAdd(zeros([3]), tensor([1, 1], { dtype: "int32" }), tensor([2, 3])) // [0, 5, 0]
 */
export const scatterElementsAdd = (base: Tensor, index: Tensor, values: Tensor, axis = -1): Tensor =>
  apply(scatterElementsAddOp, [base, index, values], {
    axis: normalizeAxis("scatterElementsAdd", axis, base.rank),
  });
