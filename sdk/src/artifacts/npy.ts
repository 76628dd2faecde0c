import { GradlabError } from "../errors.js";
import {
  allocate,
  DTYPES,
  sizeOf,
  stridesOf,
  type HostArray,
  type Shape,
  type TypedArray,
} from "../tensor/index.js";
import { formatError, readBytes } from "./file.js";
import { dtypeOfDescr, encodeNpyHeader, parseNpyHeader } from "./npy-header.js";
import { writeFileAtomic } from "./write-file.js";

/**
 * Reads an array that NumPy saved: booleans, integers and floats of any byte order, row by row or column by
 * column. 16-bit integers become int32.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT for a damaged file and for types that are no numbers (structured,
 * objects, texts, complex)
 * @source NEP 1, https://numpy.org/neps/nep-0001-npy-format.html
 * @example const x = fromArray(await readNpy("x.npy"));
 */
export const readNpy = async (path: string): Promise<HostArray> => decodeNpy(await readBytes(path), path);

/**
 * Writes an array for NumPy's `np.load`: atomically, and byte by byte as `np.save` would.
 *
 * @throws E_DTYPE for bfloat16, which NumPy has not
 * @example await writeNpy("x.npy", await tensor([[1, 2]]).array());
 */
export async function writeNpy(path: string, array: HostArray): Promise<void> {
  const [head, data] = encodeNpy(array);
  await writeFileAtomic(path, async (write) => {
    await write(head);
    await write(data);
  });
}

/** The header and the numbers of a .npy file. */
export function encodeNpy({ dtype, shape, data }: HostArray): readonly [head: Uint8Array, data: Uint8Array] {
  const head = encodeNpyHeader(dtype, shape);
  if (!head) {
    throw new GradlabError("E_DTYPE", `NumPy has no ${dtype}.`, {
      hint: 'Convert first: castArray(array, "float32").',
    });
  }
  return [head, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/** The array in the bytes of a .npy file; `file` names it in errors. */
export function decodeNpy(bytes: Uint8Array, file: string): HostArray {
  const { descr, fortran, shape, offset } = parseNpyHeader(bytes, file);
  const dtype = dtypeOfDescr(descr, file);
  const width = Number(descr.slice(2));
  const count = sizeOf(shape);
  const body = bytes.subarray(offset);
  if (body.byteLength !== count * width)
    throw formatError(
      file,
      offset,
      `The numbers do not fill [${shape.join(", ")}].`,
      count * width,
      body.byteLength,
    );
  // A copy of its own: aligned to its elements, and free of the file's bytes.
  const own = body.slice();
  if (descr.startsWith(">")) swapBytes(own, width);
  const stored = widened(own, descr, dtype, count);
  const data = fortran && shape.length > 1 ? rowMajor(stored, shape, allocate(dtype, count)) : stored;
  return { dtype, shape, data };
}

function swapBytes(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

function widened(bytes: Uint8Array, descr: string, dtype: HostArray["dtype"], count: number): TypedArray {
  const kind = descr.slice(1);
  if (kind === "i2") return Int32Array.from(new Int16Array(bytes.buffer, bytes.byteOffset, count));
  if (kind === "u2") return Int32Array.from(new Uint16Array(bytes.buffer, bytes.byteOffset, count));
  return DTYPES[dtype].view(bytes.buffer, bytes.byteOffset, count);
}

/** Elements stored with the first axis fastest, in row-major order. */
function rowMajor(stored: TypedArray, shape: Shape, out: TypedArray): TypedArray {
  const strides = stridesOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  let to = 0;
  for (let from = 0; from < stored.length; from++) {
    out[to] = stored[from];
    for (let axis = 0; axis < shape.length; axis++) {
      to += strides[axis];
      if (++index[axis] < shape[axis]) break;
      to -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
