import { apply, defineOp, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis, sizeOf } from "../tensor/index.js";
import { requireSameDType } from "./broadcast.js";
import { copyAxis, slice } from "./slice.js";

type ConcatAttrs = { readonly axis: number };

/** Joins tensors along one axis. */
export const concatOp = defineOp<ConcatAttrs>({
  name: "concat",
  doc: "Joins tensors along one axis.",
  traits: ["movement"],
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    const dtype = requireSameDType("concat", inputs);
    for (const { shape } of inputs) {
      if (
        shape.length !== first.shape.length ||
        shape.some((dim, i) => i !== axis && dim !== first.shape[i])
      ) {
        throw new GradlabError(
          "E_SHAPE",
          `concat: [${first.shape.join(", ")}] and [${shape.join(", ")}] differ outside axis ${axis}.`,
        );
      }
    }
    const total = inputs.reduce((length, { shape }) => length + shape[axis], 0);
    return [{ shape: first.shape.map((dim, i) => (i === axis ? total : dim)), dtype }];
  },
  vjp: ({ inputs, grads: [g], attrs: { axis } }) => {
    let start = 0;
    return inputs.map((input) => {
      const from = start;
      start += input.shape[axis];
      return g && slice(g, from, start, axis);
    });
  },
  reference: (inputs, { axis }, [out]) => {
    const total = new Float64Array(sizeOf(out.shape));
    let start = 0;
    for (const { data, shape } of inputs) {
      copyAxis(data, shape, out.shape, axis, start).forEach((value, i) => (total[i] += value));
      start += shape[axis];
    }
    return [total];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 1, 3], dtype: "float32" },
        { shape: [2, 2, 3], dtype: "float32" },
      ],
      attrs: { axis: 1 },
    },
  ],
});

/**
 * Joins tensors along an axis (0 by default).
 *
 * @throws E_SHAPE when they differ in another axis, E_DTYPE when dtypes differ
 * @example concat([ones([1, 2]), zeros([3, 2])]).shape // [4, 2]
 */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new GradlabError("E_SHAPE", "concat needs at least one tensor.");
  return apply(concatOp, tensors, { axis: normalizeAxis("concat", axis, tensors[0].rank) });
}
