import { GradlabError } from "../errors.js";
import { type Shape, sizeOf } from "../tensor/index.js";
import { formatError } from "./file.js";
import { parseJson } from "./json.js";
import { type StoredType, storedBytes } from "./tensor-source.js";

/** Where one tensor lies, in bytes from the start of the data. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: StoredType;
  readonly stored: string;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's name of every type that can be read. */
export const SAFETENSORS_TYPES: Readonly<Record<string, StoredType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

const METADATA = "__metadata__";
/** The header's JSON starts here, after its length. */
const HEADER_START = 8;

/**
 * Parses and checks a header: every tensor's size is its shape times its type, and together they fill the data
 * from its first byte to its last without gap or overlap, as the format demands.
 *
 * @throws E_FILE_FORMAT with the file and byte
 */
export function parseHeader(file: string, bytes: Uint8Array, dataSize: number): SafetensorsHeader {
  const parsed = parseHeaderJson(file, bytes);
  const metadata = parseMetadata(file, parsed[METADATA]);
  const entries = Object.entries(parsed)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(file, name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(file, entries, HEADER_START + bytes.byteLength, dataSize);
  return { entries, metadata };
}

function parseHeaderJson(file: string, bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw formatError(file, HEADER_START, "The header is not UTF-8 text.", "UTF-8", "other bytes");
  }
  if (!text.startsWith("{"))
    throw formatError(
      file,
      HEADER_START,
      "The header does not start a JSON object.",
      '"{"',
      JSON.stringify(text[0]),
    );
  return parseJson(text, `${file} (header)`) as Record<string, unknown>;
}

function parseMetadata(file: string, value: unknown): Record<string, string> {
  if (value === undefined) return {};
  const good = isRecord(value) && Object.values(value).every((entry) => typeof entry === "string");
  if (!good)
    throw formatError(
      file,
      HEADER_START,
      `${METADATA} is malformed.`,
      "an object of texts",
      JSON.stringify(value),
    );
  return value as Record<string, string>;
}

function parseEntry(file: string, name: string, value: unknown): SafetensorsEntry {
  const bad = (what: string, expected: unknown, got: unknown): GradlabError =>
    formatError(file, HEADER_START, `Tensor "${name}": ${what}.`, expected, JSON.stringify(got));
  if (!isRecord(value)) throw bad("its entry is malformed", "an object", value);
  const { dtype, shape, data_offsets: offsets } = value;
  const type =
    typeof dtype === "string" && Object.hasOwn(SAFETENSORS_TYPES, dtype)
      ? SAFETENSORS_TYPES[dtype]
      : undefined;
  if (typeof dtype !== "string" || type === undefined)
    throw bad("its dtype cannot be read", Object.keys(SAFETENSORS_TYPES).join(", "), dtype);
  if (!isSizes(shape)) throw bad("its shape is malformed", "a list of whole numbers", shape);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1])
    throw bad("its data_offsets are malformed", "[begin, end]", offsets);
  const [begin, end] = offsets;
  const size = sizeOf(shape) * storedBytes(type);
  if (end - begin !== size)
    throw bad(`its data do not fit ${dtype} [${shape.join(", ")}]`, `${size} bytes`, end - begin);
  return { name, type, stored: dtype, shape, begin, end };
}

function checkLayout(
  file: string,
  entries: readonly SafetensorsEntry[],
  dataStart: number,
  dataSize: number,
): void {
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) {
      const what = begin < at ? "overlaps the one before it" : "leaves a gap before it";
      throw formatError(file, dataStart + begin, `Tensor "${name}" ${what}.`, `offset ${at}`, begin);
    }
    if (end > dataSize)
      throw formatError(
        file,
        dataStart + dataSize,
        `The file is truncated: tensor "${name}" ends after it.`,
        `${dataStart + end} bytes`,
        dataStart + dataSize,
      );
    at = end;
  }
  if (at !== dataSize)
    throw formatError(file, dataStart + at, "Bytes follow the last tensor.", `${at} bytes of data`, dataSize);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
