import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { notFoundNamed } from "./file.js";

/**
 * The SHA-256 of text or bytes, in hex.
 *
 * @example sha256("abc").slice(0, 8) // "ba7816bf"
 */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * The SHA-256 of a file's content, read as a stream.
 *
 * @throws E_FILE_NOT_FOUND
 * @example await sha256File("data.jsonl")
 */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  await notFoundNamed(path, async () => {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  });
  return hash.digest("hex");
}
