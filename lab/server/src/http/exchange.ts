import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Who may come in: `public` anyone, `page` who is logged in (others are sent to the login page), `api` and `file`
 * who is logged in and comes from a page of this server.
 */
export type Access = "public" | "page" | "api" | "file";

/** One request and the response to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  /** Decoded segments of the path below the base URL. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** What the route's `:name` and `*name` stand for. */
  readonly params: Readonly<Record<string, string>>;
}
