import type { Metrics } from "../metrics.js";
import type { Schema } from "../fields.js";
import type { Settings } from "../options.js";
import type { Reply } from "../reply.js";
import type { Scheduler } from "../scheduler.js";

/** What a route answers from. */
export interface Exchange {
  readonly scheduler: Scheduler;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly routes: readonly Route[];
  /** When the service began, in seconds since 1970. */
  readonly startedAt: number;
  readonly requestId: string;
  /** The JSON of a POST. */
  readonly body: unknown;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** One thing the service answers. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly summary: string;
  /** Answers without the API key. Default false. */
  readonly open?: boolean;
  /** The body's schema, for /openapi.json. */
  readonly body?: Schema;
  readonly handle: (exchange: Exchange) => Reply | Promise<Reply>;
}

/** Seconds since 1970, as OpenAI's API counts. */
export const now = (): number => Math.floor(Date.now() / 1000);
