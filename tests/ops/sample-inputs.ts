import {
  type AnyOp,
  fromArray,
  fromNumbers,
  isFloat,
  Random,
  sizeOf,
  type SampleInput,
  type Tensor,
  type DType,
} from "gradlab";

/** Random values for one input of an op's sample. */
export function sampleValues(input: SampleInput, random: Random): Float64Array {
  if (input.values) return Float64Array.from(input.values);
  const { low = -2, high = 2 } = input;
  const draw = (): number => low + (high - low) * random.uniform();
  const integer = !isFloat(input.dtype);
  return Float64Array.from({ length: sizeOf(input.shape) }, () =>
    integer ? Math.round(draw()) : Math.fround(draw()),
  );
}

export const leafOf = (input: SampleInput, values: ArrayLike<number>): Tensor =>
  fromArray(fromNumbers(values, input.shape, input.dtype));

export type OpSample = ReturnType<AnyOp["samples"]>[number];

/** The sample in float64, which keeps the digits that central differences need. */
export const toDouble = (sample: OpSample): OpSample => ({
  ...sample,
  attrs:
    "to" in sample.attrs || "dtype" in sample.attrs
      ? { ...sample.attrs, ...widen(sample.attrs) }
      : sample.attrs,
  inputs: sample.inputs.map((input) =>
    isFloat(input.dtype) ? { ...input, dtype: "float64" as const } : input,
  ),
});

const widen = (attrs: OpSample["attrs"]): OpSample["attrs"] =>
  isFloat((attrs.to ?? "bool") as DType)
    ? { to: "float64" }
    : attrs.dtype === "float32"
      ? { dtype: "float64" }
      : {};

/** Inputs documented as constants of the op. */
export const CONSTANT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  rope: [2, 3],
  quantMatmul: [2],
};
