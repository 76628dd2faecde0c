import type { IncomingMessage, ServerResponse } from "node:http";
import { type Guard, loginAddress } from "./auth/index.js";
import { fromSystem, ServerError } from "./errors.js";
import { type Exchange, redirect, type Router, sendEmpty, sendError, splitPath } from "./http/index.js";

export interface DispatchOptions {
  readonly guard: Guard;
  readonly router: Router;
  readonly baseUrl: string;
  readonly allowedOrigins: readonly string[];
  readonly log: (text: string) => void;
}

/** Answers one request; it never throws. */
export async function dispatch(
  options: DispatchOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Referrer-Policy", "same-origin");
  let exchange: Exchange = {
    request,
    response,
    method: request.method ?? "GET",
    segments: [],
    query: new URLSearchParams(),
    params: {},
  };
  try {
    options.guard.checkHost(request);
    exchange = { ...exchange, ...readAddress(request, options.baseUrl) };
    if (answerForeign(options, exchange)) return;
    const { route, params } = options.router.find(exchange.method, exchange.segments);
    exchange = { ...exchange, params };
    try {
      options.guard.admit(exchange, route.access);
    } catch (error) {
      if (route.access !== "page" || !(error instanceof ServerError) || error.code !== "E_LOGIN") throw error;
      redirect(exchange, loginAddress(options.baseUrl, request));
      return;
    }
    await route.handle(exchange);
  } catch (error) {
    const known = fromSystem(error, request.url ?? "");
    if (known.code === "E_INTERNAL") options.log(`${describe(error)}\n`);
    sendError(exchange, known);
  }
}

/** The address of a request below the base URL; throws E_NOT_FOUND for one that is not. */
export function readAddress(request: IncomingMessage, baseUrl: string): Pick<Exchange, "segments" | "query"> {
  // parsed by hand: URL would resolve dot-segments, encoded ones too, before they can be refused
  const [rawPath = "", ...rest] = (request.url ?? "").split("?");
  const path = rawPath === baseUrl.slice(0, -1) ? baseUrl : rawPath;
  if (!path.startsWith(baseUrl)) {
    const sentence = rawPath === "/" ? `The server is at ${baseUrl}.` : "There is nothing at this address.";
    throw new ServerError("E_NOT_FOUND", sentence);
  }
  return { segments: splitPath(path.slice(baseUrl.length)), query: new URLSearchParams(rest.join("?")) };
}

/** CORS for the origins that were allowed by name; true when that was all there was to answer. */
function answerForeign({ allowedOrigins }: DispatchOptions, exchange: Exchange): boolean {
  const { request, response } = exchange;
  const { origin } = request.headers;
  if (origin !== undefined && allowedOrigins.includes(origin)) {
    response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Vary", "Origin");
  }
  if (exchange.method !== "OPTIONS") return false;
  sendEmpty(exchange, 204, {
    "Access-Control-Allow-Headers": "accept, content-type, authorization, x-xsrftoken",
    "Access-Control-Allow-Methods": "GET, PUT, POST, PATCH, DELETE, OPTIONS",
  });
  return true;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
