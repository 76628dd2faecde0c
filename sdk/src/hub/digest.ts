import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** Whether a blob's name is the hash of its bytes. */
export const isDigest = (hash: string): boolean => /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash);

/**
 * Starts hashing a file as the hub does: SHA-256 for large files (Git LFS), Git's blob SHA-1 for the others.
 *
 * @param hash the hash that is expected; its length says which one it is
 * @param size bytes of the whole file, which Git hashes too
 */
export function startDigest(hash: string, size: number): Hash {
  return hash.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
}

/** Adds the first `length` bytes of a file. */
export async function digestFile(digest: Hash, path: string, length: number): Promise<void> {
  if (length === 0) return;
  for await (const chunk of createReadStream(path, { end: length - 1, highWaterMark: 1 << 20 }))
    digest.update(chunk as Uint8Array);
}
