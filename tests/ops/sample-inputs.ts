import { fromArray, fromNumbers, isFloat, Random, sizeOf, type SampleInput, type Tensor } from "gradlab";

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
