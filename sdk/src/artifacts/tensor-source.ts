import { GradlabError } from "../errors.js";
import { DTYPES, type DType, type HostArray, type Shape, type TypedArray, sizeOf } from "../tensor/index.js";

/** What is known of a tensor before it is read. */
export interface TensorSpec {
  /** The type it is read as; 16-bit integers are widened to int32, which loses nothing. */
  readonly dtype: DType;
  readonly shape: Shape;
  /** Bytes it takes once read. */
  readonly bytes: number;
  /** The file's own name of its type, e.g. "BF16" or "torch.HalfStorage". */
  readonly stored: string;
}

/** Named tensors in files, read one at a time when asked for. */
export interface TensorSource {
  readonly file: string;
  readonly names: readonly string[];
  /** Text that came with the tensors. */
  readonly metadata: Readonly<Record<string, string>>;
  /** @throws E_WEIGHT_MISMATCH for a name that is not there */
  spec(name: string): TensorSpec;
  /**
   * Reads a tensor into memory of its own, which the caller may keep and write into; it may be a private view of the file.
   *
   * @throws E_WEIGHT_MISMATCH for a name that is not there, E_FILE_FORMAT when the file is damaged
   */
  read(name: string): Promise<HostArray>;
  close(): Promise<void>;
}

/** Element types of files beyond those of tensors, and what they are read as. */
export type StoredType = DType | "int16" | "uint16";

export const storedBytes = (type: StoredType): number =>
  type === "int16" || type === "uint16" ? 2 : DTYPES[type].bytes;

export const readAs = (type: StoredType): DType => (type === "int16" || type === "uint16" ? "int32" : type);

/** Views little-endian bytes as elements; `bytes` must start at an aligned place of its buffer. */
export function viewStored(type: StoredType, bytes: Uint8Array): TypedArray {
  const length = bytes.byteLength / storedBytes(type);
  if (type === "int16") return Int32Array.from(new Int16Array(bytes.buffer, bytes.byteOffset, length));
  if (type === "uint16") return Int32Array.from(new Uint16Array(bytes.buffer, bytes.byteOffset, length));
  return DTYPES[type].view(bytes.buffer, bytes.byteOffset, length);
}

export function specOf(type: StoredType, shape: Shape, stored: string): TensorSpec {
  const dtype = readAs(type);
  return { dtype, shape, bytes: sizeOf(shape) * DTYPES[dtype].bytes, stored };
}

/** @throws E_WEIGHT_MISMATCH naming the file and what it has instead */
export function missingTensor(file: string, name: string, names: readonly string[]): GradlabError {
  const tail = name.split(".").at(-2) ?? name;
  const like = names.filter((known) => known.includes(tail)).slice(0, 3);
  return new GradlabError("E_WEIGHT_MISMATCH", `${file} has no tensor named "${name}".`, {
    hint: `It has ${names.length} tensors${like.length > 0 ? `, among them ${like.join(", ")}` : ""}.`,
    where: file,
    details: { name },
  });
}

/** Reads every tensor of a source and closes it. */
export async function readAll(source: TensorSource): Promise<Map<string, HostArray>> {
  try {
    const tensors = new Map<string, HostArray>();
    for (const name of source.names) tensors.set(name, await source.read(name));
    return tensors;
  } finally {
    await source.close();
  }
}
