import type { ServerResponse } from "node:http";
import { asRefusal, type Refusal } from "./refusal.js";

/** An answer: a JSON value, a text, or events that are sent as they come. */
export type Reply =
  | { readonly json: unknown; readonly status?: number; readonly headers?: Headers }
  | { readonly text: string; readonly contentType: string }
  | { readonly events: AsyncIterable<unknown> };

type Headers = Readonly<Record<string, string>>;

const STREAM_HEADERS: Headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
  // Asks proxies not to collect the stream.
  "x-accel-buffering": "no",
};

/**
 * Writes a reply. A stream that fails ends with an event `{ error }` and without `[DONE]`, since its status is sent.
 *
 * @returns the failure of a stream, if any
 */
export async function sendReply(response: ServerResponse, reply: Reply): Promise<unknown> {
  if ("events" in reply) return sendEvents(response, reply.events);
  if ("text" in reply) {
    sendText(response, 200, reply.text, { "content-type": reply.contentType });
    return undefined;
  }
  sendJson(response, reply.status ?? 200, reply.json, reply.headers);
  return undefined;
}

export function sendRefusal(response: ServerResponse, refusal: Refusal): void {
  sendJson(response, refusal.status, refusal.body(), refusal.headers);
}

function sendJson(response: ServerResponse, status: number, value: unknown, headers: Headers = {}): void {
  const text = `${JSON.stringify(value)}\n`;
  sendText(response, status, text, { "content-type": "application/json; charset=utf-8", ...headers });
}

function sendText(response: ServerResponse, status: number, text: string, headers: Headers): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** @source WHATWG HTML, "Server-sent events" */
async function sendEvents(response: ServerResponse, events: AsyncIterable<unknown>): Promise<unknown> {
  response.writeHead(200, STREAM_HEADERS);
  response.flushHeaders();
  const write = (data: string): void => void (response.destroyed || response.write(`data: ${data}\n\n`));
  let failure: unknown;
  try {
    for await (const event of events) write(JSON.stringify(event));
    write("[DONE]");
  } catch (error) {
    failure = error;
    write(JSON.stringify(asRefusal(error).body()));
  }
  response.end();
  return failure;
}
