import { apply, defineOp, type Spec, type Tensor } from "../graph/index.js";
import { sizeOf, type DType, type Shape } from "../tensor/index.js";

type ConstantAttrs = { readonly value: number; readonly shape: readonly number[]; readonly dtype: string };

/** One number repeated over a shape; part of the program, so that changing it compiles anew. */
export const constantOp = defineOp<ConstantAttrs>({
  name: "constant",
  doc: "A shape filled with one number.",
  traits: [],
  shape: (_, { shape, dtype }) => [{ shape, dtype: dtype as DType }],
  vjp: { nondifferentiable: "it has no inputs" },
  reference: (_, { value, shape }) => [new Float64Array(sizeOf(shape)).fill(value)],
  samples: () => [{ inputs: [], attrs: { value: 1.5, shape: [2, 2], dtype: "float32" } }],
});

/**
 * A tensor filled with one number.
 *
 * @example (await full([2], 3).data()) // Float32Array [3, 3]
 */
export const full = (shape: Shape, value: number, dtype: DType = "float32"): Tensor =>
  apply(constantOp, [], { value, shape: [...shape], dtype });

/** Zeros of a shape. @example zeros([2, 3]).shape // [2, 3] */
export const zeros = (shape: Shape, dtype: DType = "float32"): Tensor => full(shape, 0, dtype);

/** Ones of a shape. @example ones([2]).dtype // "float32" */
export const ones = (shape: Shape, dtype: DType = "float32"): Tensor => full(shape, 1, dtype);

export const filledLike = (value: number, like: Spec): Tensor => full(like.shape, value, like.dtype);
