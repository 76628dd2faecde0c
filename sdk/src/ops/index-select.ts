import { apply, defineOp, specText, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { normalizeAxis, sizeOf } from "../tensor/index.js";
import { zeros } from "./constant.js";
import { gather } from "./gather.js";
import { scatterAdd } from "./scatter-add.js";
import { transpose } from "./transpose.js";

type IndexSelectAttrs = { readonly axis: number };

/** Slices of x by index along one axis. */
export const indexSelectOp = defineOp<IndexSelectAttrs>({
  name: "indexSelect",
  doc: "Slices of x by index along one axis.",
  traits: ["movement", "linear"],
  shape: ([x, index], { axis }) => {
    if (index.dtype !== "int32") {
      throw new GradlabError("E_DTYPE", `indexSelect: indices must be int32, got ${specText(index)}.`, {
        hint: 'Convert them with .cast("int32").',
      });
    }
    return [
      { shape: [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)], dtype: x.dtype },
    ];
  },
  vjp: ({ inputs: [x, index], grads: [g], attrs: { axis } }) => {
    if (!g) return [];
    // The axis comes first, so that the gradient is that of rows.
    const order = [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)];
    const places = index.shape.map((_, i) => axis + i);
    const rest = g.shape.map((_, i) => i).filter((i) => !places.includes(i));
    const rows = scatterAdd(
      zeros(
        order.map((i) => x.shape[i]),
        x.dtype,
      ),
      index,
      transpose(g, [...places, ...rest]),
    );
    return [
      transpose(
        rows,
        x.shape.map((_, i) => order.indexOf(i)),
      ),
      undefined,
    ];
  },
  reference: ([x, index], { axis }) => {
    const length = x.shape[axis];
    const inner = sizeOf(x.shape.slice(axis + 1));
    const outer = sizeOf(x.shape.slice(0, axis));
    const out = new Float64Array(outer * index.data.length * inner);
    for (let o = 0; o < outer; o++) {
      index.data.forEach((at, i) => {
        if (at < 0 || at >= length) {
          throw new GradlabError(
            "E_INDEX",
            `indexSelect: index ${at} is outside the ${length} of axis ${axis}.`,
          );
        }
        const from = (o * length + at) * inner;
        out.set(x.data.subarray(from, from + inner), (o * index.data.length + i) * inner);
      });
    }
    return [out];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 3, 2], dtype: "float32" },
        { shape: [4], dtype: "int32", values: [2, 0, 2, 1] },
      ],
      attrs: { axis: 1 },
    },
    {
      inputs: [
        { shape: [2, 4], dtype: "float32" },
        { shape: [2, 2], dtype: "int32", values: [3, 0, 0, 1] },
      ],
      attrs: { axis: 1 },
    },
    {
      inputs: [
        { shape: [3], dtype: "bool", values: [1, 0, 1] },
        { shape: [], dtype: "int32", values: [1] },
      ],
      attrs: { axis: 0 },
    },
  ],
});

/**
 * Slices of x by index along an axis: the index's shape takes the place of the axis (NumPy's take).
 *
 * @param index int32, any shape, each in 0 … length−1
 * @param axis  negative ones count from the end. Default 0.
 * @throws E_DTYPE for other indices; E_INDEX (at run time) when one lies outside
 * @example indexSelect(tensor([[1, 2, 3]]), tensor([2, 0], { dtype: "int32" }), 1) // [[3, 1]]
 */
export function indexSelect(x: Tensor, index: Tensor, axis = 0): Tensor {
  const along = normalizeAxis("indexSelect", axis, x.rank);
  return along === 0 ? gather(x, index) : apply(indexSelectOp, [x, index], { axis: along });
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Slices by index along an axis (0 by default). */
    indexSelect(index: Tensor, axis?: number): Tensor;
  }
}
Tensor.prototype.indexSelect = function (this: Tensor, index: Tensor, axis?: number) {
  return indexSelect(this, index, axis);
};
