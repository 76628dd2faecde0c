import type { IncomingMessage } from "node:http";
import { ServerError } from "../errors.js";
import { isObject, type Json } from "./json.js";

/** Bytes of the largest body taken; a notebook or upload beyond it is refused with 413. */
export const BODY_LIMIT = 512 * 1024 * 1024;

/** The whole body; throws E_TOO_LARGE beyond `limit` bytes without reading on. */
export async function readBody(request: IncomingMessage, limit = BODY_LIMIT): Promise<Buffer> {
  const refuse = (): never => {
    throw new ServerError("E_TOO_LARGE", `The request is larger than ${Math.floor(limit / 1024)} KiB.`, {
      headers: { Connection: "close" },
    });
  };
  if (Number(request.headers["content-length"] ?? 0) > limit) refuse();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) refuse();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The body as a JSON object; no body is an empty object. */
export async function readJsonBody(request: IncomingMessage, limit = BODY_LIMIT): Promise<Json> {
  const text = (await readBody(request, limit)).toString("utf8");
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ServerError("E_BAD_REQUEST", `The body is not valid JSON: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (isObject(value)) return value;
  throw new ServerError("E_BAD_REQUEST", "The body is not a JSON object.");
}
