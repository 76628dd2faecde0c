import { constants, createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { fromSystem, ServerError } from "../errors.js";
import type { Exchange } from "./exchange.js";
import { isTextMime, mimeType } from "./mime.js";
import type { Headers } from "./respond.js";

export interface SendFileOptions {
  readonly headers?: Headers;
  /** Content-Type; by default from the name's ending. */
  readonly type?: string;
  readonly encoding?: "gzip" | "br";
}

/** Sends a file: Range, If-None-Match, If-Modified-Since and HEAD as RFC 9110 has them. */
export async function sendFile(
  exchange: Exchange,
  path: string,
  options: SendFileOptions = {},
): Promise<void> {
  let file: FileHandle;
  try {
    // a pipe would be waited for until somebody writes to it
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw fromSystem(error, path);
  }
  try {
    await sendOpened(exchange, file, path, options);
  } finally {
    await file.close();
  }
}

async function sendOpened(
  exchange: Exchange,
  file: FileHandle,
  path: string,
  options: SendFileOptions,
): Promise<void> {
  const { request, response } = exchange;
  const stats = await file.stat();
  if (!stats.isFile()) throw new ServerError("E_NOT_FOUND", "It is not a file.", { where: path });
  const modified = new Date(Math.floor(stats.mtimeMs / 1000) * 1000);
  const tag = `"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs * 1000).toString(16)}"`;
  const type = options.type ?? mimeType(path) ?? "application/octet-stream";
  const headers = {
    "Content-Type": isTextMime(type) && !type.includes("charset") ? `${type}; charset=utf-8` : type,
    "Last-Modified": modified.toUTCString(),
    "Accept-Ranges": "bytes",
    ETag: tag,
    ...(options.encoding === undefined
      ? {}
      : { "Content-Encoding": options.encoding, Vary: "Accept-Encoding" }),
    ...options.headers,
  };
  if (isUnchanged(exchange, tag, modified)) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = readRange(request.headers.range, String(request.headers["if-range"] ?? ""), tag, stats.size);
  if (range === "unsatisfiable") {
    response.writeHead(416, { "Content-Range": `bytes */${stats.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: stats.size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    "Content-Length": end - start + 1,
    ...(range === undefined ? {} : { "Content-Range": `bytes ${start}-${end}/${stats.size}` }),
  });
  if (request.method === "HEAD" || stats.size === 0) {
    response.end();
    return;
  }
  // `end` is fixed: a file that grows meanwhile still fits its Content-Length
  const stream = createReadStream("", { fd: file, start, end, autoClose: false });
  await pipeline(stream, response).catch(() => response.destroy());
  if (stream.bytesRead < end - start + 1) response.destroy(); // it was cut while it was read
}

function isUnchanged({ request }: Exchange, tag: string, modified: Date): boolean {
  const match = request.headers["if-none-match"];
  if (match !== undefined)
    return match === "*" || match.split(/\s*,\s*/).some((one) => one.replace(/^W\//, "") === tag);
  const since = Date.parse(request.headers["if-modified-since"] ?? "");
  return !Number.isNaN(since) && modified.getTime() <= since;
}

/** One range of bytes; several, or none that makes sense, mean the whole file. */
function readRange(
  header: string | undefined,
  ifRange: string,
  tag: string,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  if (ifRange !== "" && ifRange !== tag) return undefined;
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  const [, first, last] = match;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  return start > end || start >= size ? "unsatisfiable" : { start, end };
}
