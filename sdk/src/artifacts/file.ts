import { type FileHandle, open, readFile, readdir, stat } from "node:fs/promises";
import { GradlabError } from "../errors.js";
import { mapFile } from "../native/index.js";

const MAX_READ = 1 << 30;

/** A file open for reading at any place. */
export interface OpenFile {
  readonly path: string;
  readonly size: number;
  /** @throws E_FILE_FORMAT when the file ends before `length` bytes */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The bytes as private memory over the file, without reading them; undefined where that cannot be had. */
  map(offset: number, length: number): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

/** @throws E_FILE_NOT_FOUND */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await notFoundNamed(path, () => open(path, "r"));
  const { size } = await handle.stat();
  return {
    path,
    size,
    read: (offset, length) => readExactly(handle, path, offset, length),
    map: (offset, length) => mapFile(handle.fd, offset, length),
    close: () => handle.close(),
  };
}

async function readExactly(
  handle: FileHandle,
  path: string,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(MAX_READ, length - done), offset + done);
    if (bytesRead === 0)
      throw formatError(path, offset + done, "The file is truncated.", `${length} bytes`, `${done}`);
    done += bytesRead;
  }
  return bytes;
}

/** An E_FILE_FORMAT that says which byte of which file is wrong, and how. */
export function formatError(
  file: string,
  offset: number,
  sentence: string,
  expected: unknown,
  got: unknown,
  hint?: string,
): GradlabError {
  return new GradlabError("E_FILE_FORMAT", `${sentence} Expected ${String(expected)}, got ${String(got)}.`, {
    where: `${file}, byte ${offset}`,
    details: { file, offset, expected, got },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** @throws E_FILE_NOT_FOUND instead of the system's error */
export async function notFoundNamed<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new GradlabError("E_FILE_NOT_FOUND", `There is no ${path}.`, { where: path, cause: error });
    if (code === "EISDIR")
      throw new GradlabError("E_FILE_NOT_FOUND", `${path} is a folder, not a file.`, {
        where: path,
        cause: error,
      });
    throw error;
  }
}

/** Is there a file or a folder at this path? */
export async function pathKind(path: string): Promise<"file" | "folder" | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info?.isDirectory() ? "folder" : info?.isFile() ? "file" : undefined;
}

/** The names in a folder, sorted; @throws E_FILE_NOT_FOUND */
export async function listFolder(path: string): Promise<string[]> {
  return (await notFoundNamed(path, () => readdir(path))).sort();
}

/** A whole text file as UTF-8, without a byte order mark; @throws E_FILE_NOT_FOUND */
export async function readText(path: string): Promise<string> {
  const text = await notFoundNamed(path, () => readFile(path, "utf8"));
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}

/** A whole file; @throws E_FILE_NOT_FOUND */
export async function readBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await notFoundNamed(path, () => readFile(path)));
}
