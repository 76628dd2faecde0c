import { GradlabError } from "../errors.js";
import { byteSize, type DType, formatSpec, type HostArray, sizeOf } from "../tensor/index.js";
import { SAFETENSORS_TYPES } from "./safetensors-header.js";
import { writeFileAtomic } from "./write-file.js";

export interface WriteSafetensorsOptions {
  /** Texts for `__metadata__`; default { format: "pt" }, which Hugging Face's loaders ask for. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Tensors by name, in any of the shapes a program has them in. */
export type NamedTensors = Iterable<readonly [string, HostArray]> | Readonly<Record<string, HostArray>>;

/**
 * Writes a safetensors file: atomically, wide types first and then by name, so that every tensor is aligned to its
 * element and equal tensors give equal bytes.
 *
 * @throws E_FILE_FORMAT when a name occurs twice or a tensor's data do not fit its shape
 * @example await writeSafetensors("a.safetensors", { w: hostArray(Float32Array.of(1, 2), [2]) })
 */
export async function writeSafetensors(
  path: string,
  tensors: NamedTensors,
  options: WriteSafetensorsOptions = {},
): Promise<void> {
  const sorted = sortTensors(path, tensors);
  const header = encodeHeader(sorted, options.metadata ?? { format: "pt" });
  await writeFileAtomic(path, async (write) => {
    await write(header);
    for (const [, { data }] of sorted)
      await write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  });
}

function sortTensors(path: string, tensors: NamedTensors): (readonly [string, HostArray])[] {
  const list = [...(isIterable(tensors) ? tensors : Object.entries(tensors))];
  const seen = new Set<string>();
  for (const [name, { dtype, shape, data }] of list) {
    if (seen.has(name) || name === "__metadata__") throw refuse(path, `"${name}" is no free tensor name.`);
    if (data.length !== sizeOf(shape) || data.byteLength !== data.length * byteSize(dtype))
      throw refuse(
        path,
        `"${name}" has ${data.byteLength} bytes, too few or many for ${formatSpec(dtype, shape)}.`,
      );
    if (!(dtype in NAME_OF)) throw refuse(path, `"${name}" is ${dtype}, which safetensors has no name for.`);
    seen.add(name);
  }
  return list.sort(([a, x], [b, y]) => byteSize(y.dtype) - byteSize(x.dtype) || (a < b ? -1 : 1));
}

const refuse = (file: string, why: string): GradlabError =>
  new GradlabError("E_FILE_FORMAT", `Cannot write ${file}: ${why}`, {
    where: file,
    hint: "Correct the tensors; packNibbles and a uint8 tensor hold four-bit integers.",
  });

const isIterable = (tensors: NamedTensors): tensors is Iterable<readonly [string, HostArray]> =>
  Symbol.iterator in tensors;

/** 8 bytes of length, then JSON padded with spaces so that the data start at a multiple of 8. */
function encodeHeader(
  tensors: readonly (readonly [string, HostArray])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let at = 0;
  const entries = tensors.map(
    ([name, { dtype, shape, data }]) =>
      [name, { dtype: NAME_OF[dtype], shape, data_offsets: [at, (at += data.byteLength)] }] as const,
  );
  const notes = Object.keys(metadata).length > 0 ? [["__metadata__", metadata] as const] : [];
  const json = Buffer.from(JSON.stringify(Object.fromEntries([...notes, ...entries])), "utf8");
  const length = Math.ceil(json.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

const NAME_OF = Object.fromEntries(
  Object.entries(SAFETENSORS_TYPES).map(([name, type]) => [type, name]),
) as Record<DType, string>;
