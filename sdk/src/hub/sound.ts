import { rm, stat } from "node:fs/promises";
import { pathKind, readText, writeFileAtomic } from "../artifacts/index.js";
import type { RepoCache } from "./cache.js";
import { digestFile, isDigest, startDigest } from "./digest.js";

/**
 * Whether a blob's bytes are those that its name promises. A blob that was hashed before is known by its size and time of
 * change, unless `verify` asks for more.
 *
 * @returns undefined for a blob that is not there
 */
export async function isSound(cache: RepoCache, hash: string, verify: boolean): Promise<boolean | undefined> {
  const path = cache.blob(hash);
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return undefined;
  if (!isDigest(hash)) return true;
  const stamp = `${info.size} ${info.mtimeMs}`;
  if (!verify && (await lastStamp(cache, hash)) === stamp) return true;
  const digest = startDigest(hash, info.size);
  await digestFile(digest, path, info.size);
  const sound = digest.digest("hex") === hash;
  await (sound ? writeStamp(cache, hash, stamp) : rm(cache.checked(hash), { force: true }));
  return sound;
}

/** Notes that a blob was just hashed. */
export async function noteSound(cache: RepoCache, hash: string): Promise<void> {
  const { size, mtimeMs } = await stat(cache.blob(hash));
  await writeStamp(cache, hash, `${size} ${mtimeMs}`);
}

async function lastStamp(cache: RepoCache, hash: string): Promise<string | undefined> {
  const file = cache.checked(hash);
  return (await pathKind(file)) === "file" ? readText(file) : undefined;
}

/** A cache that cannot be written to is hashed each time. */
const writeStamp = (cache: RepoCache, hash: string, stamp: string): Promise<void> =>
  writeFileAtomic(cache.checked(hash), stamp).catch(() => undefined);
