import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { GradlabError } from "../errors.js";

const LOCK = ".lock";
/** Folders this process holds: its own number in a lock file may be left over from an earlier process. */
const held = new Set<string>();

/**
 * Runs `action` while no other process does the same for this folder, which is made if it is missing. A lock whose
 * process is gone is taken over.
 *
 * @throws E_CONFIG while another process, or another run of this one, holds the folder
 * @example await withFolderLock("runs/en-3m", async () => 42) // 42
 */
export async function withFolderLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, LOCK);
  const owner = await ownerOf(path);
  if (owner !== undefined && (owner === process.pid ? held.has(path) : isAlive(owner)))
    throw busy(path, owner);
  if (owner !== undefined) await rm(path, { force: true });
  await write(path);
  held.add(path);
  try {
    return await action();
  } finally {
    held.delete(path);
    await rm(path, { force: true });
  }
}

/** "wx": of two processes that start at once, one makes the file. */
async function write(path: string): Promise<void> {
  const handle = await open(path, "wx").catch((cause: unknown) => {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return undefined;
    throw cause;
  });
  if (handle === undefined) throw busy(path, await ownerOf(path));
  await handle.writeFile(String(process.pid));
  await handle.close();
}

async function ownerOf(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  const pid = Number(text);
  return text === undefined ? undefined : Number.isInteger(pid) && pid > 0 ? pid : 0;
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

const busy = (path: string, owner: number | undefined): GradlabError =>
  new GradlabError("E_CONFIG", `Process ${owner ?? "?"} is already writing into this folder.`, {
    where: path,
    hint: "Wait for it, or choose another outputDir.",
  });
