import { mkdir, statfs } from "node:fs/promises";
import { GradlabError } from "../errors.js";

const size = (bytes: number): string =>
  bytes < 1e6
    ? `${bytes} bytes`
    : bytes < 1e9
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${(bytes / 1e9).toFixed(1)} GB`;

/** @throws E_DISK_FULL when a folder's disk has less room than `needed` bytes */
export async function checkRoom(folder: string, needed: number): Promise<void> {
  await named(folder, () => mkdir(folder, { recursive: true }));
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < needed) throw full(folder, `${size(needed)} are needed and ${size(free)} are free`);
}

/** Runs what writes into the cache. @throws E_DISK_FULL; E_CONFIG for a folder that must not be written to */
export async function named<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOSPC" || code === "EDQUOT") throw full(path, "it filled up during the download", error);
    if (code !== "EACCES" && code !== "EROFS" && code !== "EPERM") throw error;
    throw new GradlabError("E_CONFIG", `The cache of downloads cannot be written to (${code}).`, {
      where: path,
      hint: "Set HF_HUB_CACHE, or the option cacheDir, to a folder of yours.",
      cause: error,
    });
  }
}

const full = (path: string, why: string, cause?: unknown): GradlabError =>
  new GradlabError("E_DISK_FULL", `The disk of the cache of downloads has no room: ${why}.`, {
    where: path,
    cause,
  });
