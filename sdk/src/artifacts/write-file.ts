import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** What `writeFileAtomic` may be given instead of bytes: a function that writes through the handle. */
export type FileWriter = (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>;

/**
 * Writes a file so that a reader sees either the old one or the whole new one, whatever happens in between:
 * to a temporary name beside it, flushed to disk, then renamed. Missing folders are made.
 *
 * @example await writeFileAtomic("out/report.json", JSON.stringify(report))
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | FileWriter,
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, temporaryName(basename(path)));
  try {
    const handle = await open(temporary, "wx");
    try {
      await fill(handle, content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function fill(handle: FileHandle, content: string | Uint8Array | FileWriter): Promise<void> {
  if (typeof content === "function") await content((bytes) => writeFully(handle, bytes));
  else await writeFully(handle, typeof content === "string" ? Buffer.from(content, "utf8") : content);
}

const MAX_WRITE = 1 << 30;

async function writeFully(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(MAX_WRITE, bytes.byteLength - done));
    done += bytesWritten;
  }
}

/** A name beside the target that no other writer uses and that a listing can tell apart. */
export function temporaryName(name: string): string {
  return `.${name}.tmp-${process.pid}-${randomBytes(4).toString("hex")}`;
}

/** Makes a rename in this folder survive a power cut; a file system that cannot do it is left alone. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}
