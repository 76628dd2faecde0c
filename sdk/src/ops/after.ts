import { apply, defineOp, type Tensor } from "../graph/index.js";

/** x, but not before the other inputs have been computed. */
export const afterOp = defineOp<Record<string, never>>({
  name: "after",
  doc: "x, available once the further inputs (tokens) have been computed.",
  traits: ["view", "linear"],
  shape: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: ({ grads: [g] }) => [g],
  reference: ([x]) => [x.data.slice()],
  samples: () => [
    {
      inputs: [
        { shape: [2, 3], dtype: "float32" },
        { shape: [4], dtype: "float32" },
        { shape: [], dtype: "float32" },
      ],
      attrs: {},
    },
    {
      inputs: [
        { shape: [], dtype: "int32", values: [3] },
        { shape: [2], dtype: "float32" },
      ],
      attrs: {},
    },
  ],
});

/**
 * x itself, which no engine may use before the tokens have been computed: puts work late in a program, so
 * that its memory is not held early. Gradients flow to x only.
 *
 * @example
 * const x = tensor([1, 2]);
 * await after(x, [x.exp()]).data(); // [1, 2]
 */
export const after = (x: Tensor, tokens: readonly Tensor[]): Tensor => apply(afterOp, [x, ...tokens], {});
