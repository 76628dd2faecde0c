import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

export const HASH_ALGORITHM = "sha256";

/** Hashes kept; a file that was not touched is not read again. */
const KEPT = 512;
const known = new Map<string, { readonly stamp: string; readonly hash: string }>();

export function hashOf(data: string | Buffer): string {
  return createHash(HASH_ALGORITHM).update(data).digest("hex");
}

/** SHA-256 of a file, in hex. */
export async function hashFile(path: string): Promise<string> {
  const stamp = stampOf(await stat(path));
  const found = known.get(path);
  if (found?.stamp === stamp) return found.hash;
  const digest = createHash(HASH_ALGORITHM);
  await pipeline(createReadStream(path), digest);
  const hash = digest.digest("hex");
  // a file written in the last moments may change again within the clock's resolution
  if (stampOf(await stat(path)) === stamp) remember(path, stamp, hash);
  return hash;
}

function remember(path: string, stamp: string, hash: string): void {
  known.delete(path);
  known.set(path, { stamp, hash });
  if (known.size > KEPT) known.delete(known.keys().next().value as string);
}

function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
