import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GradlabError } from "../errors.js";
import { formatError } from "./record.js";

export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
}

/** Between two lines of a file: bytes (of a .gz, inflated ones) and lines before it. */
export interface LinePlace {
  readonly offset: number;
  readonly line: number;
  /** Bytes of the file, so that a changed one is noticed. */
  readonly size: number;
}

const LINE_FEED = 10;
const CHUNK = 1 << 18;

/**
 * Reads a UTF-8 file line by line, without its byte order mark and line ends; `.gz` is inflated on the way. It can
 * start at any place that it gave.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT for a damaged .gz; E_DATA_FORMAT for bytes that are not UTF-8, at
 *   file:line:column; E_CHECKPOINT_MISMATCH when the file has another size than at the place to start from
 */
export class LineReader {
  readonly path: string;
  readonly #at: LinePlace | undefined;
  #chunks: AsyncIterator<Buffer> | undefined;
  #size: number;
  #offset: number;
  #line: number;
  /** Whole lines that are being given out, and how far. */
  #block: Buffer = Buffer.alloc(0);
  #given = 0;
  #valid = true;
  #rest: Buffer[] = [];
  #ended = false;

  constructor(path: string, at?: LinePlace) {
    this.path = path;
    this.#at = at;
    this.#size = at?.size ?? -1;
    this.#offset = at?.offset ?? 0;
    this.#line = at?.line ?? 0;
  }

  async next(): Promise<Line | undefined> {
    while (this.#given >= this.#block.length) if (!(await this.#nextBlock())) return undefined;
    const start = this.#given;
    const feed = this.#block.indexOf(LINE_FEED, start);
    const end = feed < 0 ? this.#block.length : feed;
    const number = ++this.#line;
    if (!this.#valid) this.#requireUtf8(this.#block.subarray(start, end), number);
    let text = this.#block.toString("utf8", start, end);
    if (number === 1 && text.startsWith("\ufeff")) text = text.slice(1);
    this.#given = feed < 0 ? end : feed + 1;
    this.#offset += this.#given - start;
    return { text: text.endsWith("\r") ? text.slice(0, -1) : text, number };
  }

  /** The place before the next line. */
  place(): LinePlace | undefined {
    // Nothing was read: the place to start from is still the one that was given, if any.
    if (this.#chunks === undefined) return this.#at;
    return { offset: this.#offset, line: this.#line, size: this.#size };
  }

  async close(): Promise<void> {
    this.#ended = true;
    this.#block = Buffer.alloc(0);
    this.#given = 0;
    await this.#chunks?.return?.();
  }

  async #nextBlock(): Promise<boolean> {
    if (this.#ended) return false;
    this.#chunks ??= await this.#open();
    for (;;) {
      const { done, value: chunk } = await this.#chunks.next();
      if (done) {
        this.#ended = true;
        this.#take(Buffer.concat(this.#rest.splice(0)));
        return true;
      }
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      if (end > 0) {
        const head = chunk.subarray(0, end);
        this.#take(this.#rest.length === 0 ? head : Buffer.concat([...this.#rest.splice(0), head]));
      }
      if (end < chunk.length) this.#rest.push(chunk.subarray(end));
      if (end > 0) return true;
    }
  }

  #take(block: Buffer): void {
    this.#block = block;
    this.#given = 0;
    this.#valid = isUtf8(block);
  }

  #requireUtf8(bytes: Buffer, line: number): void {
    if (isUtf8(bytes)) return;
    const column = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes).indexOf("\ufffd") + 1;
    throw formatError(
      "The line is not UTF-8 text.",
      { file: this.path, line, column },
      "Save the file as UTF-8.",
    );
  }

  async #open(): Promise<AsyncIterator<Buffer>> {
    const size = await sizeOf(this.path);
    if (this.#size >= 0 && this.#size !== size) {
      throw new GradlabError(
        "E_CHECKPOINT_MISMATCH",
        `${this.path} has ${size} bytes; it had ${this.#size} when the place in it was kept.`,
        { where: this.path, hint: "Resume with the file that the rows were read from, or start anew." },
      );
    }
    this.#size = size;
    return readChunks(this.path, this.#offset);
  }
}

/** Reads a whole UTF-8 file; same errors as `LineReader`. */
export async function readWhole(path: string): Promise<string> {
  const reader = new LineReader(path);
  const lines: string[] = [];
  for (let line = await reader.next(); line !== undefined; line = await reader.next()) lines.push(line.text);
  return lines.join("\n");
}

async function* readChunks(path: string, offset: number): AsyncGenerator<Buffer> {
  const zipped = path.endsWith(".gz");
  // A place in a .gz is found by inflating up to it.
  let skip = zipped ? offset : 0;
  let first = offset === 0;
  const stream = openStream(path, zipped, zipped ? 0 : offset);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (first && chunk.length > 1 && (chunk.readUInt16BE(0) === 0xfffe || chunk.readUInt16BE(0) === 0xfeff))
        throw formatError("The file is UTF-16.", { file: path }, "Save the file as UTF-8.");
      first = false;
      if (chunk.length > skip) yield chunk.subarray(skip);
      skip = Math.max(0, skip - chunk.length);
    }
  } catch (error) {
    if (error instanceof GradlabError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new GradlabError("E_FILE_FORMAT", `${path} cannot be read: ${reason}.`, {
      where: path,
      cause: error,
    });
  }
}

function openStream(path: string, zipped: boolean, start: number): Readable {
  const file = createReadStream(path, { highWaterMark: CHUNK, start });
  if (!zipped) return file;
  // `pipeline` hands errors of the file on; the callback is required, the reader sees the error.
  return pipeline(file, createGunzip(), () => undefined);
}

async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return found.size;
  throw new GradlabError(
    "E_FILE_NOT_FOUND",
    found === undefined ? `There is no file ${path}.` : `${path} is not a file.`,
    { where: path },
  );
}
