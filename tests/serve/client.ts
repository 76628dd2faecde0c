import assert from "node:assert/strict";
import type { Service } from "gradlab";

/** Whatever an answer may hold; a test reads what it expects to be there. */
export interface Json {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly Choice[];
  readonly usage: Usage | null;
  readonly output: string | readonly string[];
  readonly error: Readonly<Record<"message" | "type" | "code", string>> & { readonly param: string | null };
  readonly [name: string]: unknown;
}

interface Choice {
  readonly index: number;
  readonly text: string;
  readonly message: { readonly role: string; readonly content: string };
  readonly delta: { readonly role?: string; readonly content?: string };
  readonly finish_reason: string | null;
  readonly token_ids: readonly number[];
}

interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Json;
}

export interface PostOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const JSON_TYPE = { "content-type": "application/json" };

/** @param body a string is sent as it is */
export function send(
  service: Service,
  path: string,
  body: unknown,
  options: PostOptions = {},
): Promise<Response> {
  return fetch(service.url + path, {
    method: "POST",
    headers: { ...JSON_TYPE, ...options.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

export async function post(
  service: Service,
  path: string,
  body: unknown,
  options: PostOptions = {},
): Promise<Answer> {
  return answerOf(await send(service, path, body, options));
}

export async function get(service: Service, path: string, init: RequestInit = {}): Promise<Answer> {
  return answerOf(await fetch(service.url + path, init));
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, json: (await response.json()) as Json };
}

/** The events of a stream; fails unless `[DONE]` ends it. */
export async function stream(service: Service, path: string, body: object): Promise<Json[]> {
  const response = await send(service, path, { ...body, stream: true });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  const events = (await response.text()).split("\n\n");
  assert.equal(events.pop(), "");
  assert.equal(events.pop(), "data: [DONE]");
  return events.map((event) => JSON.parse(event.replace(/^data: /, "")) as Json);
}

/** Waits until a condition holds, a turn of the event loop at a time. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Asserts an error in OpenAI's shape, without anything of the service's inside. */
export function assertRefused(
  answer: Answer,
  expected: {
    readonly status: number;
    readonly param?: string | null;
    readonly code?: string;
    readonly words: RegExp;
  },
): void {
  const { message, type, code, param } = answer.json.error;
  assert.equal(answer.status, expected.status, message);
  assert.match(message, expected.words);
  assert.equal(typeof type, "string");
  if (expected.param !== undefined) assert.equal(param, expected.param);
  if (expected.code !== undefined) assert.equal(code, expected.code);
  assert.deepEqual(Object.keys(answer.json), ["error"]);
  assert.doesNotMatch(JSON.stringify(answer.json), /node:|\.js:|\.ts:|\n\s+at /);
}
