import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { gather } from "./gather.js";

/** base with rows added at indices: y = base; y[index[i], :] += rows[i, :]. */
export const scatterAddOp = defineOp<Record<string, never>>({
  name: "scatterAdd",
  doc: "base with rows added at indices; repeated indices accumulate.",
  traits: ["accumulates"],
  shape: ([base, index, rows]) => {
    if (!sameShape(rows.shape, [...index.shape, ...base.shape.slice(1)])) {
      throw new GradlabError(
        "E_SHAPE",
        `scatterAdd: ${specText(rows)} at ${specText(index)} does not fit ${specText(base)}.`,
      );
    }
    return [{ shape: base.shape, dtype: base.dtype }];
  },
  vjp: ({ inputs: [, index], grads: [g] }) => [g, undefined, g && gather(g, index)],
  reference: ([base, index, rows]) => {
    const out = base.data.slice();
    const width = sizeOf(base.shape.slice(1));
    index.data.forEach((row, i) => {
      if (row < 0 || row >= base.shape[0]) {
        throw new GradlabError("E_INDEX", `scatterAdd: index ${row} is outside the ${base.shape[0]} rows.`);
      }
      for (let j = 0; j < width; j++) out[row * width + j] += rows.data[i * width + j];
    });
    return [out];
  },
  samples: () => [
    {
      inputs: [
        { shape: [4, 2], dtype: "float32" },
        { shape: [3], dtype: "int32", values: [1, 3, 1] },
        { shape: [3, 2], dtype: "float32" },
      ],
      attrs: {},
    },
  ],
});

/** Adds rows into a table at indices; repeated indices accumulate. The transpose of {@link gather}. */
export const scatterAdd = (base: Tensor, index: Tensor, rows: Tensor): Tensor =>
  apply(scatterAddOp, [base, index, rows], {});
