import { applyAll, defineOp, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis } from "../tensor/index.js";
import { concat } from "./concat.js";
import { filledLike } from "./constant.js";
import { copyAxis } from "./slice.js";

type SplitAttrs = { readonly axis: number; readonly sizes: readonly number[] };

/** Cuts a tensor into pieces along one axis. */
export const splitOp = defineOp<SplitAttrs>({
  name: "split",
  doc: "Cuts a tensor into pieces of given sizes along one axis.",
  traits: ["movement", "linear"],
  shape: ([x], { axis, sizes }) => {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== x.shape[axis]) {
      throw new GradlabError(
        "E_SHAPE",
        `split: pieces [${sizes.join(", ")}] add up to ${total}, axis ${axis} of [${x.shape.join(", ")}] does not.`,
      );
    }
    return sizes.map((size) => ({
      shape: x.shape.map((dim, i) => (i === axis ? size : dim)),
      dtype: x.dtype,
    }));
  },
  vjp: ({ outputs, grads, attrs: { axis } }) => [
    concat(
      grads.map((g, i) => g ?? filledLike(0, outputs[i])),
      axis,
    ),
  ],
  reference: ([x], { axis, sizes }, outputs) => {
    let start = 0;
    return sizes.map((size, i) => {
      const piece = copyAxis(x.data, x.shape, outputs[i].shape, axis, -start);
      start += size;
      return piece;
    });
  },
  samples: () => [{ inputs: [{ shape: [2, 5], dtype: "float32" }], attrs: { axis: 1, sizes: [2, 3] } }],
});

/**
 * Cuts a tensor into pieces along an axis (the last by default).
 *
 * @throws E_SHAPE when the sizes do not add up
 * @example split(zeros([2, 5]), [2, 3]).map((t) => t.shape) // [[2, 2], [2, 3]]
 */
export const split = (x: Tensor, sizes: readonly number[], axis = -1): Tensor[] =>
  applyAll(splitOp, [x], { axis: normalizeAxis("split", axis, x.rank), sizes: [...sizes] });
