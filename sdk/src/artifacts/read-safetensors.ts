import type { HostArray } from "../tensor/index.js";
import { type OpenFile, formatError, openFile } from "./file.js";
import { type SafetensorsHeader, parseHeader } from "./safetensors-header.js";
import {
  type TensorSource,
  missingTensor,
  readAll,
  readAs,
  specOf,
  storedBytes,
  viewStored,
} from "./tensor-source.js";

const LENGTH_BYTES = 8;
/** The reference implementation's limit. */
const MAX_HEADER = 100_000_000;
/** Tensors from this size on are worth a mapping of their own. */
const LARGE = 65_536;

export interface OpenSafetensorsOptions {
  /**
   * Whether large tensors of safetensors files are mapped instead of read, where the system can (not on Windows, nor
   * with GRADLAB_MMAP=0): nothing is read before it is used, and processes that open the same file share the memory. What
   * is written into a tensor stays in this process. The file must not be changed in place while its tensors live: one
   * that is cut short ends the process. Default false.
   */
  readonly map?: boolean;
}

/**
 * Opens a safetensors file; its header is checked completely, its tensors are read when asked for.
 *
 * Source: the format's description, huggingface.co/docs/safetensors.
 *
 * @throws E_FILE_NOT_FOUND, or E_FILE_FORMAT with the file, the byte, what was expected and what is there
 * @example
 * const file = await openSafetensors("model.safetensors");
 * await file.read(file.names[0]); // { dtype: "float32", shape: [4, 8], data: Float32Array(32) }
 */
export async function openSafetensors(
  path: string,
  { map = false }: OpenSafetensorsOptions = {},
): Promise<TensorSource> {
  const file = await openFile(path);
  try {
    const headerSize = await readHeaderSize(file);
    const start = LENGTH_BYTES + headerSize;
    const header = parseHeader(path, await file.read(LENGTH_BYTES, headerSize), file.size - start);
    return sourceOf(file, header, start, map);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads all tensors of a safetensors file.
 *
 * @throws as `openSafetensors`
 * @example (await readSafetensors("model.safetensors")).get("wte.weight")
 */
export async function readSafetensors(path: string): Promise<Map<string, HostArray>> {
  return readAll(await openSafetensors(path));
}

async function readHeaderSize(file: OpenFile): Promise<number> {
  if (file.size < LENGTH_BYTES)
    throw formatError(
      file.path,
      0,
      "The file is too short.",
      "8 bytes of header length",
      `${file.size} bytes`,
    );
  const size = new DataView((await file.read(0, LENGTH_BYTES)).buffer).getBigUint64(0, true);
  if (size > BigInt(MAX_HEADER))
    throw formatError(
      file.path,
      0,
      "This is no safetensors file.",
      `a header of at most ${MAX_HEADER} bytes`,
      size,
    );
  if (LENGTH_BYTES + Number(size) > file.size)
    throw formatError(
      file.path,
      file.size,
      "The file is truncated in its header.",
      `${size} bytes`,
      file.size - 8,
    );
  return Number(size);
}

function sourceOf(file: OpenFile, header: SafetensorsHeader, start: number, map: boolean): TensorSource {
  const names = header.entries.map((entry) => entry.name);
  const byName = new Map(header.entries.map((entry) => [entry.name, entry]));
  const find = (name: string): SafetensorsHeader["entries"][number] => {
    const entry = byName.get(name);
    if (entry === undefined) throw missingTensor(file.path, name, names);
    return entry;
  };
  return {
    file: file.path,
    names,
    metadata: header.metadata,
    spec: (name) => {
      const { type, shape, stored } = find(name);
      return specOf(type, shape, stored);
    },
    read: async (name) => {
      const { type, shape, begin, end } = find(name);
      const [offset, length] = [start + begin, end - begin];
      const mappable = map && length >= LARGE && offset % storedBytes(type) === 0;
      const bytes =
        (mappable ? await file.map(offset, length) : undefined) ?? (await file.read(offset, length));
      return { dtype: readAs(type), shape, data: viewStored(type, bytes) };
    },
    close: () => file.close(),
  };
}
