/** Element types, their storage and their conversions. */

export type DType =
  "float32" | "float64" | "float16" | "bfloat16" | "int8" | "uint8" | "int32" | "int64" | "uint32" | "bool";

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

/** Half floats live as raw bits in Uint16Array: Node 20 has no Float16Array. */
export const DTYPES: Readonly<Record<DType, DTypeInfo>> = {
  float32: info(4, true, Float32Array),
  float64: info(8, true, Float64Array),
  float16: info(2, true, Uint16Array),
  bfloat16: info(2, true, Uint16Array),
  int8: info(1, false, Int8Array),
  uint8: info(1, false, Uint8Array),
  int32: info(4, false, Int32Array),
  int64: info(8, false, BigInt64Array),
  uint32: info(4, false, Uint32Array),
  bool: info(1, false, Uint8Array),
};

export const isFloat = (dtype: DType): boolean => DTYPES[dtype].float;
export const byteSize = (dtype: DType): number => DTYPES[dtype].bytes;
export const allocate = (dtype: DType, length: number): TypedArray => DTYPES[dtype].allocate(length);
