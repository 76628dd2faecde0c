import { GradlabError } from "../errors.js";
import { allocate, DTYPES, isInteger, wrapInteger, type DType, type TypedArray } from "./dtype.js";
import { fromBFloatBits, fromHalfBits, toBFloatBits, toHalfBits } from "./half.js";
import { formatSpec, sizeOf, type Shape } from "./shape.js";

/** A concrete array in host memory, row-major and contiguous. */
export interface HostArray {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

/**
 * Wraps typed data, checking its length and type.
 *
 * @throws E_SHAPE when data.length ≠ ∏ shape
 * @throws E_DTYPE when the storage type does not belong to dtype
 * @example hostArray(Float32Array.of(1, 2), [2]).dtype // "float32"
 */
export function hostArray(data: TypedArray, shape: Shape, dtype: DType = dtypeOf(data)): HostArray {
  if (data.length !== sizeOf(shape)) {
    throw new GradlabError(
      "E_SHAPE",
      `${data.length} values cannot fill ${formatSpec(dtype, shape)} (${sizeOf(shape)} values).`,
    );
  }
  if (allocate(dtype, 0).constructor !== data.constructor) {
    throw new GradlabError("E_DTYPE", `${dtype} is not stored in a ${data.constructor.name}.`);
  }
  return { dtype, shape: [...shape], data };
}

function dtypeOf(data: TypedArray): DType {
  if (data instanceof Uint16Array) return "float16";
  const match = (Object.keys(DTYPES) as DType[]).find(
    (dtype) =>
      dtype !== "float16" && dtype !== "bfloat16" && allocate(dtype, 0).constructor === data.constructor,
  );
  return match ?? "float32";
}

export const zerosArray = (shape: Shape, dtype: DType = "float32"): HostArray => ({
  dtype,
  shape: [...shape],
  data: allocate(dtype, sizeOf(shape)),
});

/** Every element as a plain number (int64 beyond 2^53 loses its low bits). */
export function toNumbers(array: HostArray): Float64Array {
  const { data, dtype } = array;
  const out = new Float64Array(data.length);
  if (data instanceof BigInt64Array) for (let i = 0; i < out.length; i++) out[i] = Number(data[i]);
  else if (dtype === "float16" && data instanceof Uint16Array)
    data.forEach((bits, i) => (out[i] = fromHalfBits(bits)));
  else if (dtype === "bfloat16" && data instanceof Uint16Array)
    data.forEach((bits, i) => (out[i] = fromBFloatBits(bits)));
  else out.set(data);
  return out;
}

/** A number, or lists of lists of numbers. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** Flat row-major values as nested lists. @example nested(Float64Array.of(1, 2, 3, 4), [2, 2]) // [[1, 2], [3, 4]] */
export function nested(values: ArrayLike<number>, shape: Shape): NestedNumbers {
  const build = (axis: number, offset: number, size: number): NestedNumbers => {
    if (axis === shape.length) return values[offset];
    const step = size / shape[axis];
    return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, offset + i * step, step));
  };
  return build(0, 0, sizeOf(shape));
}

/** Numbers rounded into storage of the given dtype. */
export function fromNumbers(values: ArrayLike<number>, shape: Shape, dtype: DType = "float32"): HostArray {
  const data = allocate(dtype, values.length);
  const encode = encoderOf(dtype);
  if (data instanceof BigInt64Array)
    for (let i = 0; i < data.length; i++) data[i] = BigInt(Math.trunc(values[i]));
  else for (let i = 0; i < data.length; i++) data[i] = encode(values[i]);
  return hostArray(data, shape, dtype);
}

function encoderOf(dtype: DType): (value: number) => number {
  if (dtype === "float16") return toHalfBits;
  if (dtype === "bfloat16") return toBFloatBits;
  // NaN counts as true, as in C and NumPy.
  if (dtype === "bool") return (value) => Number(value !== 0);
  return isInteger(dtype) ? (value) => wrapInteger(value, dtype) : (value) => value;
}

/** The same values as another dtype; floats round to nearest even, floats to integers truncate, integers wrap. */
export function castArray(array: HostArray, dtype: DType): HostArray {
  return array.dtype === dtype ? array : fromNumbers(toNumbers(array), array.shape, dtype);
}

export const toFloat32 = (array: HostArray): HostArray => castArray(array, "float32");
