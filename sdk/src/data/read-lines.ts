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

const LINE_FEED = 10;

/**
 * Reads a UTF-8 file line by line, without its byte order mark and line ends; `.gz` is inflated on the way.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT for a damaged .gz; E_DATA_FORMAT for bytes that are not UTF-8
 */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  const decode = (bytes: Uint8Array): Line => {
    number++;
    try {
      return { text: decoder.decode(bytes).replace(/\r$/, ""), number };
    } catch (cause) {
      throw new GradlabError("E_DATA_FORMAT", "The line is not UTF-8 text.", {
        where: { file: path, line: number },
        hint: "Save the file as UTF-8.",
        cause,
      });
    }
  };
  let rest: Buffer[] = [];
  for await (const chunk of readChunks(path)) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      rest.push(chunk.subarray(start, end));
      yield decode(rest.length === 1 ? rest[0] : Buffer.concat(rest));
      rest = [];
      start = end + 1;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
  }
  if (rest.length > 0) yield decode(Buffer.concat(rest));
}

/** Reads a whole UTF-8 file; same errors as `readLines`. */
export async function readWhole(path: string): Promise<string> {
  const lines: string[] = [];
  for await (const { text } of readLines(path)) lines.push(text);
  return lines.join("\n");
}

async function* readChunks(path: string): AsyncGenerator<Buffer> {
  await requireFile(path);
  let first = true;
  try {
    for await (const chunk of openStream(path) as AsyncIterable<Buffer>) {
      if (first && chunk.length > 1 && (chunk.readUInt16BE(0) === 0xfffe || chunk.readUInt16BE(0) === 0xfeff))
        throw formatError("The file is UTF-16.", { file: path }, "Save the file as UTF-8.");
      first = false;
      yield chunk;
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

function openStream(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!path.endsWith(".gz")) return file;
  // `pipeline` hands errors of the file on; the callback is required, the reader sees the error.
  return pipeline(file, createGunzip(), () => undefined);
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  throw new GradlabError(
    "E_FILE_NOT_FOUND",
    found === undefined ? `There is no file ${path}.` : `${path} is not a file.`,
    { where: path },
  );
}
