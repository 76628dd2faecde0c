import type { IncomingMessage, ServerResponse } from "node:http";
import { parseJson } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { disconnected, Refusal } from "./refusal.js";

/** Longest body that is read. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** Of a longer body so much is thrown away before the answer: a client that is still sending misses an early one. */
const DISCARD_BYTES = 16 * MAX_BODY_BYTES;

/**
 * The JSON a request carries.
 *
 * @throws Refusal 415 for another kind of content, 413 for more than 1 MiB, 400 with line and column for text
 *   that is not JSON
 */
export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
  checkContentType(request);
  const announced = Number(request.headers["content-length"] ?? 0);
  if (request.headers.expect) {
    if (announced > MAX_BODY_BYTES) throw tooLarge();
    response.writeContinue();
  }
  if (announced > DISCARD_BYTES) throw tooLarge();
  return parseBody(await collect(request));
}

function checkContentType({ headers }: IncomingMessage): void {
  const type = headers["content-type"] ?? "";
  const [media, ...parameters] = type.split(";").map((part) => part.trim().toLowerCase());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const { "content-encoding": encoding = "identity" } = headers;
  if (media === "application/json" && isUtf8 && encoding === "identity") return;
  const got = encoding === "identity" ? type || "no content-type" : `content-encoding ${encoding}`;
  throw new Refusal(415, `The body must be plain JSON in UTF-8, got ${got}.`, {
    code: "unsupported_media_type",
    hint: "Send the header content-type: application/json.",
  });
}

/** By events: leaving an async iteration early would destroy the connection before it has its answer. */
function collect(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length <= MAX_BODY_BYTES) parts.push(part);
      if (length > DISCARD_BYTES) {
        request.pause();
        reject(tooLarge());
      }
    });
    request.on("end", () => (length > MAX_BODY_BYTES ? reject(tooLarge()) : resolve(Buffer.concat(parts))));
    request.on("error", () => reject(disconnected()));
  });
}

const tooLarge = (): Refusal =>
  new Refusal(413, `The body is larger than ${MAX_BODY_BYTES} bytes.`, {
    code: "body_too_large",
    hint: "Send fewer or shorter texts.",
    headers: { connection: "close" },
  });

function parseBody(bytes: Buffer): unknown {
  const invalid = (sentence: string, hint: string): Refusal =>
    new Refusal(400, sentence, { code: "invalid_json", hint });
  if (bytes.length === 0) throw invalid("The body is empty.", "Send a JSON object.");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("The body is not UTF-8.", "Encode it as UTF-8.");
  }
  try {
    return JSON.parse(text);
  } catch {
    return explain(text, invalid);
  }
}

/** JSON.parse does not always say where; parseJson does. */
function explain(text: string, invalid: (sentence: string, hint: string) => Refusal): unknown {
  try {
    return parseJson(text, "The body");
  } catch (error) {
    if (!(error instanceof GradlabError)) throw error;
    const { line, column } = error.details as { readonly line: number; readonly column: number };
    throw invalid(error.sentence, `The mistake is in line ${line}, column ${column}.`);
  }
}
