import { lstat, readdir, rename, rm, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { fromSystem, ServerError } from "../errors.js";
import { CHECKPOINT_FOLDER } from "./checkpoints.js";
import type { Contents } from "./contents.js";
import { describe, type Model } from "./model.js";

/** PATCH: another name or folder; E_EXISTS when there is something already. */
export async function move(contents: Contents, from: string, to: string): Promise<Model> {
  const source = await contents.root.locateExisting(from);
  const target = await contents.root.locate(to);
  const where = target.path;
  if (source.path === "" || target.path === "") {
    throw new ServerError("E_BAD_REQUEST", "The folder that the server shows cannot be renamed.");
  }
  if (source.path === target.path) return describe(source);
  // on file systems that know no case, a change of case finds the file itself
  if (target.exists && !(await isSameEntry(source.entry, target.entry))) {
    throw new ServerError("E_EXISTS", "There is already something of that name.", { where });
  }
  try {
    await contents.options.store.locks.run(source.target, async () => {
      await rename(source.entry, target.entry);
      await contents.checkpoints.move(source, target);
    });
  } catch (error) {
    throw fromSystem(error, where);
  }
  contents.options.onRename(source.path, target.path);
  return describe(await contents.root.locateExisting(to));
}

/** DELETE: a file, a link (not what it leads to), or a folder that is empty but for checkpoints. */
export async function remove(contents: Contents, path: string): Promise<void> {
  const located = await contents.root.locateExisting(path);
  if (located.path === "") {
    throw new ServerError("E_BAD_REQUEST", "The folder that the server shows cannot be deleted.");
  }
  try {
    if (!(await lstat(located.entry)).isDirectory()) {
      await unlink(located.entry);
      await contents.checkpoints.removeAll(located);
    } else if (contents.options.deleteNonEmpty) await rm(located.entry, { recursive: true });
    else await removeEmpty(located.entry);
  } catch (error) {
    throw fromSystem(error, located.path);
  }
}

async function removeEmpty(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.some((name) => name !== CHECKPOINT_FOLDER)) {
    throw new ServerError("E_NOT_EMPTY", "The folder is not empty.", { where: folder });
  }
  await rm(join(folder, CHECKPOINT_FOLDER), { recursive: true, force: true });
  await rmdir(folder);
}

async function isSameEntry(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([lstat(a), lstat(b)]);
  return first.ino === second.ino && first.dev === second.dev && a.toLowerCase() === b.toLowerCase();
}
