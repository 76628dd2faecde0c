import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pathKind } from "./file.js";
import { syncFolder, temporaryName } from "./write-file.js";

/**
 * Writes a folder so that a reader sees either the old one or the whole new one: `write` fills a temporary folder
 * beside it, every file is flushed to disk, and the folder is renamed into place. If `write` throws, the old one stays.
 *
 * A folder cannot be swapped in one step: for the moment between two renames the old one has another name. If the
 * machine stops just then, the next write, or `recoverFolder`, puts it back.
 *
 * @returns the folder's path
 * @example await writeFolderAtomic("out/adapter", async (dir) => writeFileAtomic(join(dir, "a.json"), "{}"))
 */
export async function writeFolderAtomic(
  path: string,
  write: (folder: string) => Promise<void>,
): Promise<string> {
  const target = resolve(path);
  const parent = dirname(target);
  await mkdir(parent, { recursive: true });
  await recoverFolder(target);
  const temporary = join(parent, temporaryName(basename(target)));
  await mkdir(temporary);
  try {
    await write(temporary);
    await syncTree(temporary);
    await swapIn(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await syncFolder(parent);
  return path;
}

/**
 * Puts back a folder whose replacement was cut short; without one, does nothing.
 *
 * @returns whether there was something to put back
 */
export async function recoverFolder(path: string): Promise<boolean> {
  const target = resolve(path);
  const [parent, prefix] = [dirname(target), `.${basename(target)}.old-`];
  const names = await readdir(parent).catch(() => []);
  const old = names.filter((name) => name.startsWith(prefix));
  if (old.length === 0) return false;
  const missing = (await pathKind(target)) === undefined;
  if (missing) await rename(join(parent, old[0]), target);
  for (const name of missing ? old.slice(1) : old)
    await rm(join(parent, name), { recursive: true, force: true });
  return missing;
}

async function swapIn(temporary: string, target: string): Promise<void> {
  if ((await pathKind(target)) === undefined) {
    await rename(temporary, target);
    return;
  }
  const old = join(dirname(target), temporaryName(basename(target)).replace(".tmp-", ".old-"));
  await rename(target, old);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await withHandle(path, (handle) => handle.sync());
  }
  await syncFolder(folder);
}

async function withHandle(path: string, use: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(path, "r+");
  try {
    await use(handle);
  } finally {
    await handle.close();
  }
}
