import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/** Writes a file beside its name first, so that a half-written one is never taken for whole. */
export class SafeWriter {
  readonly path: string;
  readonly #file: number;
  readonly #hash = createHash("sha256");
  #bytes = 0;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(`${path}.part`, "w");
  }

  write(chunk: Uint8Array | string): void {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  finish(): { readonly bytes: number; readonly sha256: string } {
    fsyncSync(this.#file);
    closeSync(this.#file);
    renameSync(`${this.path}.part`, this.path);
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

export interface PackedFile {
  readonly file: string;
  readonly tokens: number;
  readonly documents: number;
  readonly textBytes: number;
  readonly bytesPerToken: number;
  readonly sha256: string;
}

/** Little-endian uint16 tokens, every document followed by `separator`. */
export function packDocuments<D>(
  path: string,
  documents: readonly D[],
  encode: (document: D) => { readonly ids: Int32Array; readonly textBytes: number },
  separator: number,
): PackedFile {
  const writer = new SafeWriter(path);
  let tokens = 0;
  let textBytes = 0;
  for (const document of documents) {
    const { ids, textBytes: bytes } = encode(document);
    const packed = Buffer.alloc((ids.length + 1) * 2);
    ids.forEach((id, i) => packed.writeUInt16LE(id, i * 2));
    packed.writeUInt16LE(separator, ids.length * 2);
    writer.write(packed);
    tokens += ids.length + 1;
    textBytes += bytes;
  }
  const { sha256 } = writer.finish();
  const bytesPerToken = Number((textBytes / (tokens - documents.length)).toFixed(4));
  return {
    file: path.replace(/^.*\//, ""),
    tokens,
    documents: documents.length,
    textBytes,
    bytesPerToken,
    sha256,
  };
}
