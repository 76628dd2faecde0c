import type { DType, Shape } from "../tensor/index.js";
import { formatError } from "./file.js";

/** How the numbers of a .npy file lie. */
export interface NpyHeader {
  /** Element type as NumPy writes it: byte order, kind, bytes. */
  readonly descr: string;
  /** The first axis runs fastest. */
  readonly fortran: boolean;
  readonly shape: Shape;
  /** Where the numbers begin. */
  readonly offset: number;
}

/** Kinds that gradlab has, or (16-bit integers) widens without loss. */
export const NPY_TYPES: Readonly<Record<string, DType>> = {
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  u1: "uint8",
  i2: "int32",
  u2: "int32",
  i4: "int32",
  i8: "int64",
  u4: "uint32",
  b1: "bool",
};

const DESCR: Readonly<Partial<Record<DType, string>>> = {
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
  int8: "|i1",
  uint8: "|u1",
  int32: "<i4",
  int64: "<i8",
  uint32: "<u4",
  bool: "|b1",
};

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const ALIGN = 64;
/** NumPy leaves room for the first axis to grow to this many digits in place. */
const GROWTH_DIGITS = 21;

/**
 * Parses the head of a .npy file: formats 1.0, 2.0 and 3.0.
 *
 * @source NEP 1, and numpy/lib/format.py
 * @throws E_FILE_FORMAT with the byte that is wrong
 */
export function parseNpyHeader(bytes: Uint8Array, file: string): NpyHeader {
  const starts = bytes.length >= 10 && MAGIC.every((byte, i) => bytes[i] === byte);
  if (!starts) throw formatError(file, 0, "This is no .npy file.", "\\x93NUMPY", shown(bytes.subarray(0, 6)));
  const [major, view] = [bytes[6], new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)];
  if (major < 1 || major > 3)
    throw formatError(file, 6, "The .npy format is unknown.", "version 1 to 3", major);
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start)
    throw formatError(file, bytes.length, "The file is truncated.", start, bytes.length);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw formatError(
      file,
      bytes.length,
      "The file is truncated in its header.",
      start + length,
      bytes.length,
    );
  const text = new TextDecoder(major === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(start, start + length),
  );
  return { ...fieldsOf(text, file, start), offset: start + length };
}

const shown = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString("latin1"));

/** The three fields of the header, a Python dictionary of a fixed kind. */
function fieldsOf(text: string, file: string, at: number): Omit<NpyHeader, "offset"> {
  const structured = /'descr'\s*:\s*\[/.exec(text);
  if (structured) throw refuseType(file, at, "a structured type with named fields", STRUCTURED_HINT);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined)
    throw formatError(file, at, "The .npy header is damaged.", "descr, fortran_order and shape", text.trim());
  const dims = shape.match(/\d+/g)?.map(Number) ?? [];
  return { descr, fortran: fortran === "True", shape: dims };
}

const STRUCTURED_HINT = "Save each field as an array of its own: np.save(path, array['field']).";

/** @throws E_FILE_FORMAT for a type that gradlab has not */
export function dtypeOfDescr(descr: string, file: string): DType {
  const dtype = NPY_TYPES[descr.slice(1)];
  if (dtype !== undefined && "<>|=".includes(descr[0])) return dtype;
  const kind = KINDS[descr[1]];
  throw refuseType(
    file,
    10,
    kind ? `${kind} (${descr})` : descr,
    HINTS[descr[1]] ?? "Save it as float32 or int64.",
  );
}

const KINDS: Readonly<Record<string, string>> = {
  O: "Python objects",
  U: "texts",
  S: "texts",
  c: "complex numbers",
  M: "dates",
  m: "durations",
  V: "raw bytes",
  u: "unsigned 64-bit integers",
};

const HINTS: Readonly<Record<string, string>> = {
  O: "Objects are pickled, which can run code when read; save an array of numbers.",
  c: "Save the real and the imaginary part as arrays of their own.",
  u: "Save it as int64: array.astype('int64').",
};

const refuseType = (file: string, at: number, got: string, hint: string): Error =>
  formatError(file, at, "gradlab has no tensors of this type.", "numbers or booleans", got, hint);

/** The head of a file of format 1.0, byte by byte as NumPy writes it; undefined for a type that NumPy has not. */
export function encodeNpyHeader(dtype: DType, shape: Shape): Uint8Array | undefined {
  const descr = DESCR[dtype];
  if (descr === undefined) return undefined;
  const dims = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const fields = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${dims}, }`;
  const room = shape.length === 0 ? "" : " ".repeat(Math.max(0, GROWTH_DIGITS - String(shape[0]).length));
  const bare = fields.length + room.length + 1;
  const padding = ALIGN - ((10 + bare) % ALIGN);
  const header = Buffer.from(`${fields}${room}${" ".repeat(padding)}\n`, "latin1");
  const bytes = Buffer.alloc(10 + header.length);
  bytes.set([...MAGIC, 1, 0]);
  bytes.writeUInt16LE(header.length, 8);
  bytes.set(header, 10);
  return bytes;
}
