import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { byteSize, sizeOf } from "../tensor/index.js";
import { cast } from "./cast.js";
import { scatterAdd } from "./scatter-add.js";
import { zeros } from "./constant.js";

/** Rows of a table by index: y[…, :] = table[index[…], :]. */
export const gatherOp = defineOp<Record<string, never>>({
  name: "gather",
  doc: "Rows of a table by index.",
  traits: ["movement", "linear"],
  shape: ([table, index]) => {
    if (index.dtype !== "int32") {
      throw new GradlabError("E_DTYPE", `gather: indices must be int32, got ${specText(index)}.`);
    }
    if (table.shape.length < 1) throw new GradlabError("E_SHAPE", "gather: a scalar has no rows.");
    return [{ shape: [...index.shape, ...table.shape.slice(1)], dtype: table.dtype }];
  },
  vjp: ({ inputs: [table, index], grads: [g] }) => {
    // Many rows may fall on one: half types would round at each of them.
    const wide = byteSize(table.dtype) < 4 ? "float32" : table.dtype;
    const total = g && scatterAdd(zeros(table.shape, wide), index, cast(g, wide));
    return [total && cast(total, table.dtype), undefined];
  },
  reference: ([table, index]) => {
    const width = sizeOf(table.shape.slice(1));
    const out = new Float64Array(index.data.length * width);
    index.data.forEach((row, i) => {
      if (row < 0 || row >= table.shape[0]) {
        throw new GradlabError("E_INDEX", `gather: index ${row} is outside the ${table.shape[0]} rows.`);
      }
      out.set(table.data.subarray(row * width, (row + 1) * width), i * width);
    });
    return [out];
  },
  samples: () => [
    {
      inputs: [
        { shape: [4, 3], dtype: "float32" },
        { shape: [2, 3], dtype: "int32", values: [0, 3, 1, 3, 3, 2] },
      ],
      attrs: {},
    },
  ],
});

/**
 * Rows of a table by index, as an embedding does.
 *
 * @param table [V, …]
 * @param index int32, any shape, each in 0 … V−1
 * @returns     [...index.shape, …]
 * @throws E_DTYPE for other indices; E_INDEX (at run time) when one lies outside
 * @example gather(tensor([[1, 2], [3, 4]]), tensor([1], { dtype: "int32" })) // [[3, 4]]
 */
export const gather = (table: Tensor, index: Tensor): Tensor => apply(gatherOp, [table, index], {});
