import { type DType, type HostArray, allocate, sizeOf } from "../tensor/index.js";
import { type OpenFile, formatError } from "./file.js";
import type { TensorRef } from "./pt-globals.js";
import { readAs, storedBytes, viewStored } from "./tensor-source.js";
import { type ZipEntry, entryOffset, readEntry } from "./zip.js";

/** The place after the last element, in elements; 0 for an empty tensor. */
function reach({ shape, strides }: TensorRef): number {
  return sizeOf(shape) === 0 ? 0 : 1 + shape.reduce((sum, dim, axis) => sum + (dim - 1) * strides[axis], 0);
}

/** An expanded tensor (stride 0) may be larger than its storage, but not without bound. */
const MAX_EXPANSION = 1024;

/** @throws E_FILE_FORMAT when the tensor does not lie inside its data */
export function checkTensor(
  file: OpenFile,
  name: string,
  tensor: TensorRef,
  entry: ZipEntry | undefined,
): void {
  const size = storedBytes(tensor.type);
  if (entry === undefined)
    throw formatError(
      file.path,
      0,
      `Tensor "${name}" has no data.`,
      `data/${tensor.storage.key}`,
      "no such entry",
    );
  const bytes = tensor.storage.length * (tensor.storage.type === undefined ? 1 : size);
  if (bytes !== entry.size)
    throw formatError(
      file.path,
      entry.headerOffset,
      `The data of "${name}" have the wrong size.`,
      `${bytes} bytes`,
      entry.size,
    );
  const count = sizeOf(tensor.shape);
  const needed = (tensor.offset + reach(tensor)) * size;
  if (count > 0 && (!Number.isSafeInteger(needed) || needed > bytes))
    throw formatError(
      file.path,
      entry.headerOffset,
      `Tensor "${name}" reaches past its data.`,
      `at most ${bytes} bytes`,
      needed,
    );
  if (!Number.isSafeInteger(count) || count * size > Math.max(file.size, 4096) * MAX_EXPANSION)
    throw formatError(
      file.path,
      entry.headerOffset,
      `Tensor "${name}" is absurdly larger than the file.`,
      file.size,
      count * size,
    );
}

/** Reads a tensor's elements, contiguous. */
export async function readTensor(file: OpenFile, tensor: TensorRef, entry: ZipEntry): Promise<HostArray> {
  const { shape, type } = tensor;
  const size = storedBytes(type);
  const [first, length] = [tensor.offset * size, reach(tensor) * size];
  const whole = !entry.stored || (first === 0 && length === entry.size);
  const bytes = whole
    ? (await readEntry(file, entry)).slice(first, first + length)
    : await file.read((await entryOffset(file, entry)) + first, length);
  const data = viewStored(type, bytes);
  return {
    dtype: readAs(type),
    shape,
    data: isContiguous(tensor) ? data : gather(tensor, readAs(type), data),
  };
}

function isContiguous({ shape, strides }: TensorRef): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return sizeOf(shape) === 0;
    expected *= shape[axis];
  }
  return true;
}

/** Copies a strided view into row-major order. */
function gather({ shape, strides }: TensorRef, dtype: DType, from: HostArray["data"]): HostArray["data"] {
  const out = allocate(dtype, sizeOf(shape));
  const index = shape.map(() => 0);
  let at = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = from[at];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
