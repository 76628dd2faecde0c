import { createWriteStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { KernelError } from "gradlab-kernel";
import type { CatalogueEntry } from "./catalogue.js";
import { archiveAddress, request } from "./registry.js";

/** Fetches an archive into `file`, going on where an earlier try stopped. */
export async function download(
  entry: CatalogueEntry,
  registry: string,
  file: string,
  report: (done: number) => void,
): Promise<void> {
  const have = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (have >= entry.bytes) return;
  const address = await archiveAddress(entry, registry);
  const response = await request(address, entry, have > 0 ? { range: `bytes=${have}-` } : {});
  // A server that does not know ranges sends everything again.
  const resumed = response.status === 206;
  let done = resumed ? have : 0;
  const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  body.on("data", (chunk: Uint8Array) => report((done += chunk.length)));
  const cut = (cause?: unknown): KernelError =>
    new KernelError("E_DOWNLOAD", `The download stopped after ${done} of ${entry.bytes} bytes.`, {
      where: address,
      cause,
    });
  try {
    await pipeline(body, createWriteStream(file, { flags: resumed ? "a" : "w" }));
  } catch (cause) {
    throw cut(cause);
  }
  if (done < entry.bytes) throw cut();
}
