import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";

type TriluAttrs = { readonly upper: boolean; readonly diagonal: number };

/** The part of each matrix on one side of a diagonal; zeros elsewhere. */
export const triluOp = defineOp<TriluAttrs>({
  name: "trilu",
  doc: "The part of each matrix on one side of a diagonal; zeros elsewhere.",
  traits: ["linear"],
  shape: ([x], { upper, diagonal }) => {
    if (x.shape.length < 2 || !Number.isInteger(diagonal)) {
      throw new GradlabError(
        "E_SHAPE",
        `${upper ? "triu" : "tril"}: [${x.shape.join(", ")}] has no diagonal ${diagonal}.`,
        {
          hint: "It takes a matrix or a stack of them, and a whole number of steps above the main diagonal.",
        },
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp: ({ grads: [g], attrs }) => [g && trilu(g, attrs)],
  reference: ([x], { upper, diagonal }) => {
    const [rows, columns] = x.shape.slice(-2);
    const inside = (i: number): boolean => {
      const above = (i % columns) - (Math.floor(i / columns) % rows);
      return upper ? above >= diagonal : above <= diagonal;
    };
    return [x.data.map((value, i) => (inside(i) ? value : 0))];
  },
  samples: () => [
    { inputs: [{ shape: [2, 3, 4], dtype: "float32" }], attrs: { upper: false, diagonal: 0 } },
    { inputs: [{ shape: [3, 3], dtype: "float32" }], attrs: { upper: true, diagonal: 1 } },
    {
      inputs: [{ shape: [3, 4], dtype: "bool", values: new Array<number>(12).fill(1) }],
      attrs: { upper: false, diagonal: -1 },
    },
    { inputs: [{ shape: [3, 3], dtype: "uint32", low: 0, high: 9 }], attrs: { upper: true, diagonal: 0 } },
  ],
});

const trilu = (x: Tensor, attrs: TriluAttrs): Tensor => apply(triluOp, [x], attrs);

/**
 * The lower triangle of each matrix, the diagonal included; zeros above. `tril(full([T, T], 1, "bool"))` is the mask
 * of causal attention.
 *
 * @param diagonal steps above (or, negative, below) the main diagonal that still belong to it. Default 0.
 * @throws E_SHAPE for fewer than two axes
 * @example tril(ones([2, 2])) // [[1, 0], [1, 1]]
 */
export const tril = (x: Tensor, diagonal = 0): Tensor => trilu(x, { upper: false, diagonal });

/**
 * The upper triangle of each matrix, the diagonal included; zeros below.
 *
 * @param diagonal steps above (or, negative, below) the main diagonal where it begins. Default 0.
 * @throws E_SHAPE for fewer than two axes
 * @example triu(ones([2, 2]), 1) // [[0, 1], [0, 0]]
 */
export const triu = (x: Tensor, diagonal = 0): Tensor => trilu(x, { upper: true, diagonal });

declare module "../graph/tensor.js" {
  interface Tensor {
    /** The lower triangle of each matrix; zeros above. */
    tril(diagonal?: number): Tensor;
    /** The upper triangle of each matrix; zeros below. */
    triu(diagonal?: number): Tensor;
  }
}
Tensor.prototype.tril = function (this: Tensor, diagonal?: number) {
  return tril(this, diagonal);
};
Tensor.prototype.triu = function (this: Tensor, diagonal?: number) {
  return triu(this, diagonal);
};
