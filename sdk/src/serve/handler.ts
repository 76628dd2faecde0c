import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody } from "./body.js";
import type { Metrics } from "./metrics.js";
import type { Settings } from "./options.js";
import { asRefusal, disconnected, Refusal } from "./refusal.js";
import { sendRefusal, sendReply } from "./reply.js";
import { ROUTES, type Route } from "./routes/index.js";
import type { Scheduler } from "./scheduler.js";

export interface HandlerContext {
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly startedAt: number;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The name under which answers to unknown paths are counted. */
const UNKNOWN = "unknown";

/** Answers every request exactly once, counts it and logs it. */
export function createHandler(context: HandlerContext): Handler {
  return (request, response) => void answer(context, request, response);
}

async function answer(
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const began = performance.now();
  const requestId = randomUUID();
  const gone = new AbortController();
  response.on("close", () => gone.abort(disconnected()));
  response.on("error", () => gone.abort(disconnected()));
  response.setHeader("x-request-id", requestId);
  if (context.scheduler.closed) response.setHeader("connection", "close");
  const { route, path, failure } = await attempt(context, request, response, {
    requestId,
    signal: gone.signal,
  });
  const refusal = failure === undefined ? undefined : asRefusal(failure);
  if (refusal && !response.headersSent) refuse(request, response, refusal);
  // Ends what the request started and nobody will read.
  gone.abort(disconnected());
  const ms = performance.now() - began;
  const status = refusal?.status ?? response.statusCode;
  const name = route ? `${route.method} ${route.path}` : UNKNOWN;
  context.metrics.answered(name, status, ms / 1000);
  log(context, { requestId, method: request.method ?? "", path, status, ms }, failure);
}

interface Attempt {
  readonly route?: Route;
  readonly path: string;
  readonly failure?: unknown;
}

async function attempt(
  context: HandlerContext,
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, signal }: { readonly requestId: string; readonly signal: AbortSignal },
): Promise<Attempt> {
  const path = (request.url ?? "/").split("?")[0];
  let route: Route | undefined;
  try {
    route = findRoute(request.method ?? "GET", path);
    if (!route.open) checkKey(request, context.settings.apiKey);
    const body = route.method === "POST" ? await readBody(request, response) : undefined;
    const reply = await route.handle({ ...context, routes: ROUTES, requestId, signal, body });
    return { route, path, failure: await sendReply(response, reply) };
  } catch (failure) {
    return { path, failure, ...(route ? { route } : {}) };
  }
}

/** @throws Refusal 404 for an unknown path, 405 for another method */
function findRoute(method: string, path: string): Route {
  const here = ROUTES.filter((route) => route.path === path);
  if (here.length === 0) {
    const all = ROUTES.map((route) => `${route.method} ${route.path}`);
    throw new Refusal(404, `There is nothing at ${path.slice(0, 100)}.`, {
      code: "not_found",
      hint: `Routes: ${all.join(", ")}.`,
    });
  }
  const wanted = method === "HEAD" ? "GET" : method;
  const route = here.find((candidate) => candidate.method === wanted);
  if (route) return route;
  const allow = here
    .map((candidate) => (candidate.method === "GET" ? "GET, HEAD" : candidate.method))
    .join(", ");
  throw new Refusal(405, `${path} does not answer ${method}.`, {
    code: "method_not_allowed",
    hint: `Use ${allow}.`,
    headers: { allow },
  });
}

/** @throws Refusal 401; the comparison takes the same time for every wrong key */
function checkKey(request: IncomingMessage, apiKey: string | undefined): void {
  if (apiKey === undefined) return;
  const { authorization } = request.headers;
  const given = /^Bearer +(.+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const digest = (value: string): Buffer => createHash("sha256").update(value).digest();
  if (timingSafeEqual(digest(given), digest(apiKey))) return;
  throw new Refusal(401, authorization ? "The API key is wrong." : "This service needs an API key.", {
    code: "invalid_api_key",
    hint: "Send the header authorization: Bearer <key>.",
    headers: { "www-authenticate": "Bearer" },
  });
}

/** What is left of a request's body would be taken for the next request, so its connection ends. */
function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (!request.complete) response.setHeader("connection", "close");
  sendRefusal(response, refusal);
}

function log(
  { settings }: HandlerContext,
  entry: { requestId: string; method: string; path: string; status: number; ms: number },
  failure: unknown,
): void {
  const level = entry.status >= 500 ? "error" : entry.status >= 400 ? "warn" : "info";
  const message =
    failure instanceof Refusal ? failure.sentence : failure === undefined ? "answered" : "failed";
  settings.log({ level, message, ...entry, ...(failure === undefined ? {} : { error: failure }) });
}
