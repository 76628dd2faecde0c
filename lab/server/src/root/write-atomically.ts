import { randomBytes } from "node:crypto";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ServerError } from "../errors.js";

/** A new file beside `target`, hidden, for what will take its place. */
export async function openTemporary(target: string): Promise<{ path: string; file: FileHandle }> {
  const random = randomBytes(6).toString("hex");
  const path = join(dirname(target), `.~${basename(target).slice(0, 100)}.${random}.tmp`);
  const mode = await stat(target).then(
    (stats) => stats.mode & 0o777,
    () => 0o666,
  );
  const file = await open(path, "wx", mode);
  try {
    // the mode given to open is narrowed by the umask; an existing file keeps its own
    if (mode !== 0o666) await file.chmod(mode);
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
  return { path, file };
}

/**
 * Writes a file whole or not at all: temporary, fsync, rename. A crash, a kill or a full disk leaves the old one.
 * `mayReplace` is asked last, when only the rename is left; false leaves the old one as well, and is returned.
 */
export async function writeAtomically(
  target: string,
  data: string | Buffer,
  mayReplace: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<boolean> {
  const { path, file } = await openTemporary(target);
  try {
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!(await mayReplace())) {
      await rm(path, { force: true });
      return false;
    }
    await rename(path, target);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
  return true;
}

/** The rename itself survives a power cut only when its folder is on disk. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return; // folders cannot be opened there
  const handle = await open(folder, "r").catch((cause: unknown) => {
    throw new ServerError("E_INTERNAL", "The folder cannot be opened.", { where: folder, cause });
  });
  await handle.sync().catch(() => {}); // not every file system has it
  await handle.close();
}
