import { mkdir, open, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lockFile } from "../native/index.js";
import { throwIfAborted } from "./retry.js";

const POLL_MS = 100;

/**
 * Runs `use` while no other process holds the lock, which also Python's huggingface_hub takes.
 *
 * @param use told whether there is a lock at all: without one, its files must have names of their own
 * @throws E_CANCELLED
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal,
  use: (locked: boolean) => Promise<T>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    const handle = await open(path, "a");
    try {
      const taken = await lockFile(handle.fd);
      if (taken === undefined) return await use(false);
      // Whoever had it before may have removed the file: then this lock keeps nobody out.
      if (taken && (await isStillAt(handle, path))) return await use(true);
    } finally {
      await handle.close();
    }
    throwIfAborted(signal);
    await pause(POLL_MS);
  }
}

async function isStillAt(handle: FileHandle, path: string): Promise<boolean> {
  const [ours, theirs] = [await handle.stat(), await stat(path).catch(() => undefined)];
  return ours.ino === theirs?.ino && ours.dev === theirs.dev;
}
