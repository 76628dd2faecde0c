/** Element types, their storage and their conversions. */

export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int8"
  | "uint8"
  | "int4"
  | "uint4"
  | "int32"
  | "int64"
  | "uint32"
  | "bool";

export type TypedArray =
  | Float32Array
  | Float64Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Int32Array
  | BigInt64Array
  | Uint32Array;

interface DTypeInfo {
  /** Bytes of one value in host memory. */
  readonly bytes: number;
  readonly float: boolean;
  allocate(length: number): TypedArray;
  view(buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

const info = <T extends TypedArray>(
  bytes: number,
  float: boolean,
  kind: {
    new (length: number): T;
    new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  },
): DTypeInfo => ({
  bytes,
  float,
  allocate: (length) => new kind(length),
  view: (buffer, byteOffset, length) => new kind(buffer, byteOffset, length),
});

/**
 * Half floats live as raw bits in Uint16Array: Node 20 has no Float16Array. int4 and uint4 take a byte a
 * value in host memory and in programs; {@link packNibbles} packs two into a byte for files.
 */
export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  float32: info(4, true, Float32Array),
  float64: info(8, true, Float64Array),
  float16: info(2, true, Uint16Array),
  bfloat16: info(2, true, Uint16Array),
  int8: info(1, false, Int8Array),
  uint8: info(1, false, Uint8Array),
  int4: info(1, false, Int8Array),
  uint4: info(1, false, Uint8Array),
  int32: info(4, false, Int32Array),
  int64: info(8, false, BigInt64Array),
  uint32: info(4, false, Uint32Array),
  bool: info(1, false, Uint8Array),
};

export const isFloat = (dtype: DType): boolean => DTYPES[dtype].float;
/** A float of 16 bits: for storing rather than computing. */
export const isHalf = (dtype: DType): boolean => dtype === "float16" || dtype === "bfloat16";
export const byteSize = (dtype: DType): number => DTYPES[dtype].bytes;
export const allocate = (dtype: DType, length: number): TypedArray => DTYPES[dtype].allocate(length);

/** Integers that hold whole numbers modulo 2^bits (bool is none of them). */
const INTEGER_BITS: Partial<Readonly<Record<DType, { bits: number; signed: boolean }>>> = {
  int4: { bits: 4, signed: true },
  uint4: { bits: 4, signed: false },
  int8: { bits: 8, signed: true },
  uint8: { bits: 8, signed: false },
  int32: { bits: 32, signed: true },
  uint32: { bits: 32, signed: false },
  int64: { bits: 64, signed: true },
};

export const isInteger = (dtype: DType): boolean => dtype in INTEGER_BITS;
export const isUnsigned = (dtype: DType): boolean => INTEGER_BITS[dtype]?.signed === false;

/**
 * A number as an integer dtype holds it: cut to a whole number, modulo 2^bits as in C and NumPy.
 * NaN and infinities have no such value and give 0. (int64: exact below 2^53.)
 *
 * @example wrapInteger(300, "uint8") // 44
 */
export function wrapInteger(value: number, dtype: DType): number {
  const { bits, signed } = INTEGER_BITS[dtype] ?? { bits: 64, signed: true };
  const whole = Math.trunc(value);
  if (!Number.isFinite(whole)) return 0;
  if (bits === 64) return whole + 0;
  const modulus = 2 ** bits;
  const low = whole - modulus * Math.floor(whole / modulus);
  return signed && low >= modulus / 2 ? low - modulus : low;
}

/**
 * Two 4-bit values a byte, the first in the low half: how ONNX and most files store int4 and uint4.
 *
 * @example packNibbles(Int8Array.of(1, -1, 7)) // [241, 7]
 */
export function packNibbles(values: Int8Array | Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  values.forEach((value, i) => (packed[i >> 1] |= (value & 15) << (i % 2 === 0 ? 0 : 4)));
  return packed;
}

/**
 * The first `length` values of {@link packNibbles}.
 *
 * @example unpackNibbles(Uint8Array.of(241, 7), 3, "int4") // [1, -1, 7]
 */
export function unpackNibbles(packed: Uint8Array, length: number, dtype: "int4" | "uint4"): TypedArray {
  const values = allocate(dtype, length) as Int8Array;
  for (let i = 0; i < length; i++) values[i] = wrapInteger(packed[i >> 1] >> (i % 2 === 0 ? 0 : 4), dtype);
  return values;
}
