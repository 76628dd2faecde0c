import { GradlabError } from "../errors.js";
import type { HostArray } from "../tensor/index.js";
import { type OpenFile, formatError, openFile } from "./file.js";
import { type PickleValue, readPickle } from "./pickle.js";
import { type TensorRef, globalsFor, isTensor, persistentFor } from "./pt-globals.js";
import { checkTensor, readTensor } from "./pt-tensor.js";
import { type TensorSource, missingTensor, readAll, specOf } from "./tensor-source.js";
import { type ZipEntry, readEntry, readZipDirectory } from "./zip.js";

export interface OpenPtOptions {
  /** Read only the dict under this key, e.g. "model" or "state_dict"; nested keys with dots. */
  readonly at?: string;
}

/** A tensor source that also shows what else the file holds. */
export interface PtSource extends TensorSource {
  /** Numbers, texts and flags beside the tensors, by their dotted path, e.g. { epoch: 3 }. */
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * Opens a PyTorch file (.pt, .pth, .bin) in the zip format of PyTorch 1.6 and later, safely: an own interpreter reads
 * the pickle, knows only the names that a state dict needs, and runs nothing. Nested dicts and lists become dotted
 * names. Tensors are read when asked for; views with any strides come out contiguous.
 *
 * @throws E_UNSAFE_PICKLE naming any other global or opcode and its place; E_FILE_FORMAT for a damaged file or the
 * format before 1.6; E_FILE_NOT_FOUND
 * @example
 * const file = await openPt("checkpoint.pt", { at: "model" });
 * await file.read("lm_head.weight");
 */
export async function openPt(path: string, options: OpenPtOptions = {}): Promise<PtSource> {
  const file = await openFile(path);
  try {
    await refuseOldFormat(file);
    const entries = await readZipDirectory(file);
    const root = findRoot(file, entries);
    await refuseBigEndian(file, entries.get(`${root}byteorder`));
    const pickle = await readEntry(file, entries.get(`${root}data.pkl`) as ZipEntry);
    const where = `${path}:${root}data.pkl`;
    const value = readPickle(pickle, {
      file: where,
      globals: globalsFor(where),
      persistent: persistentFor(where),
    });
    return sourceOf(file, root, entries, flatten(path, descend(path, value, options.at)));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Reads all tensors of a PyTorch file.
 *
 * @throws as `openPt`
 * @example (await readPt("pytorch_model.bin")).get("wte.weight")
 */
export async function readPt(path: string, options: OpenPtOptions = {}): Promise<Map<string, HostArray>> {
  return readAll(await openPt(path, options));
}

async function refuseOldFormat(file: OpenFile): Promise<void> {
  const start = await file.read(0, Math.min(4, file.size));
  if (start[0] === 0x50 && start[1] === 0x4b) return;
  const old = start[0] === 0x80;
  throw formatError(
    file.path,
    0,
    old ? "This is PyTorch's format from before 1.6." : "This is no PyTorch file.",
    "a zip archive",
    [...start].map((byte) => byte.toString(16).padStart(2, "0")).join(" ") || "an empty file",
    old ? "Save it again with a current PyTorch: torch.save(model.state_dict(), path)." : undefined,
  );
}

/** The archive's one top folder, which holds data.pkl. */
function findRoot(file: OpenFile, entries: ReadonlyMap<string, ZipEntry>): string {
  const found = [...entries.keys()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (found.length !== 1)
    throw formatError(file.path, 0, "This zip archive is no PyTorch file.", "one data.pkl", found.length);
  return found[0].slice(0, -"data.pkl".length);
}

async function refuseBigEndian(file: OpenFile, entry: ZipEntry | undefined): Promise<void> {
  if (entry === undefined || entry.size > 64) return;
  const order = new TextDecoder().decode(await readEntry(file, entry)).trim();
  if (order !== "little")
    throw formatError(file.path, entry.headerOffset, "The byte order is not supported.", "little", order);
}

function descend(file: string, value: PickleValue, at: string | undefined): PickleValue {
  if (at === undefined) return value;
  let here = value;
  for (const key of at.split(".")) {
    const next: PickleValue | undefined = here instanceof Map ? here.get(key) : undefined;
    if (next === undefined) {
      const keys = here instanceof Map ? [...here.keys()].slice(0, 8).map(keyText) : [];
      throw new GradlabError("E_WEIGHT_MISMATCH", `${file} has nothing under "${at}".`, {
        hint: keys.length > 0 ? `It has: ${keys.join(", ")}.` : "The file is no dict at that place.",
        where: file,
      });
    }
    here = next;
  }
  return here;
}

interface Flat {
  readonly tensors: ReadonlyMap<string, TensorRef>;
  readonly values: PtSource["values"];
}

/** A pickle may refer to one value many times, so that a small file can spell a huge or endless tree. */
const MAX_DEPTH = 64;
const MAX_VALUES = 1_000_000;

function flatten(file: string, root: PickleValue): Flat {
  const tensors = new Map<string, TensorRef>();
  const values = new Map<string, string | number | boolean | null>();
  let count = 0;
  const visit = (value: PickleValue, name: string, depth: number): void => {
    if (depth > MAX_DEPTH || ++count > MAX_VALUES)
      throw formatError(
        file,
        0,
        "The values are nested absurdly.",
        `depth ${MAX_DEPTH}, ${MAX_VALUES} values`,
        "more",
      );
    const below = (key: string, child: PickleValue): void =>
      visit(child, name === "" ? key : `${name}.${key}`, depth + 1);
    if (tensors.has(name))
      throw formatError(file, 0, `Two values are named "${name}".`, "different names", name);
    if (isTensor(value)) tensors.set(name === "" ? "tensor" : name, value);
    else if (value instanceof Map) value.forEach((child, key) => below(keyText(key), child));
    else if (Array.isArray(value)) value.forEach((child, i) => below(String(i), child));
    else if (typeof value === "bigint") values.set(name, String(value));
    else if (value === null || typeof value !== "object") values.set(name, value);
  };
  visit(root, "", 0);
  return { tensors, values: Object.fromEntries(values) };
}

const keyText = (key: PickleValue): string =>
  typeof key === "object" && key !== null ? JSON.stringify(key) : String(key);

function sourceOf(
  file: OpenFile,
  root: string,
  entries: ReadonlyMap<string, ZipEntry>,
  flat: Flat,
): PtSource {
  const names = [...flat.tensors.keys()];
  const find = (name: string): TensorRef => {
    const tensor = flat.tensors.get(name);
    if (tensor === undefined) throw missingTensor(file.path, name, names);
    return tensor;
  };
  for (const [name, tensor] of flat.tensors)
    checkTensor(file, name, tensor, entries.get(`${root}data/${tensor.storage.key}`));
  return {
    file: file.path,
    names,
    metadata: {},
    values: flat.values,
    spec: (name) => specOf(find(name).type, find(name).shape, find(name).storage.stored),
    read: async (name) => {
      const tensor = find(name);
      return readTensor(file, tensor, entries.get(`${root}data/${tensor.storage.key}`) as ZipEntry);
    },
    close: () => file.close(),
  };
}
