import { STATUS_CODES } from "node:http";
import { ServerError } from "../errors.js";
import type { Exchange } from "./exchange.js";

export type Headers = Readonly<Record<string, string | number>>;

/** Content-Security-Policy of pages, of API answers and of users' files, as in jupyter_server. */
export const PAGE_POLICY = "frame-ancestors 'self'";
export const API_POLICY = "frame-ancestors 'self'; default-src 'none'";
export const FILE_POLICY = "frame-ancestors 'self'; sandbox allow-scripts";

export function sendJson(
  { response }: Exchange,
  status: number,
  value: unknown,
  headers: Headers = {},
): void {
  const body = Buffer.from(JSON.stringify(value), "utf8");
  response.writeHead(status, {
    "Content-Type": "application/json",
    "Content-Security-Policy": API_POLICY,
    "Cache-Control": "no-store",
    "Content-Length": body.length,
    ...headers,
  });
  response.end(body);
}

export function sendText({ response }: Exchange, status: number, text: string, headers: Headers = {}): void {
  const body = Buffer.from(text, "utf8");
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Security-Policy": API_POLICY,
    "Cache-Control": "no-store",
    "Content-Length": body.length,
    ...headers,
  });
  response.end(body);
}

export function sendHtml(exchange: Exchange, status: number, html: string, headers: Headers = {}): void {
  sendText(exchange, status, html, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": PAGE_POLICY,
    ...headers,
  });
}

/** 204, or another status without a body. */
export function sendEmpty({ response }: Exchange, status = 204, headers: Headers = {}): void {
  response.writeHead(status, { "Content-Security-Policy": API_POLICY, ...headers });
  response.end();
}

export function redirect(exchange: Exchange, location: string, headers: Headers = {}): void {
  sendEmpty(exchange, 302, { Location: location, "Cache-Control": "no-store", ...headers });
}

/** The answer to what a handler threw: jupyter_server's fields, and ours beside them. */
export function sendError(exchange: Exchange, error: ServerError): void {
  const { response, request } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // an unread body would be taken for the next request of the connection
  const rest: Headers = request.complete || request.method === "GET" ? {} : { Connection: "close" };
  const { status, sentence, hint, code, where } = error;
  const message = `${sentence} ${hint}`;
  sendJson(
    exchange,
    status,
    { message, reason: STATUS_CODES[status] ?? null, code, hint, where, traceback: "" },
    { ...rest, ...error.headers },
  );
}
