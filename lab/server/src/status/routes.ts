import { userInfo } from "node:os";
import { type Json, readJsonBody, type Route, sendEmpty, sendJson } from "../http/index.js";
import type { Kernels } from "../kernels/index.js";

export interface StatusOptions {
  readonly kernels: Kernels;
  readonly version: string;
  readonly started: Date;
  readonly lastRequest: () => Date;
  /** Ends the server. */
  readonly shutdown: () => void;
}

/** /api, /api/status, /api/me, /api/shutdown, and answers for what this server does not have. */
export function statusRoutes(options: StatusOptions): Route[] {
  const { kernels, version, started, lastRequest } = options;
  const access = "api" as const;
  const get = (pattern: string, answer: () => unknown): Route => ({
    method: "GET",
    pattern,
    access,
    handle: (exchange) => sendJson(exchange, 200, answer()),
  });
  return [
    get("/api", () => ({ version })),
    get("/api/status", () => {
      const all = kernels.list();
      return {
        started: started.toISOString(),
        last_activity: all
          .map((kernel) => kernel.lastActivity)
          .reduce((latest, one) => (one > latest ? one : latest), lastRequest())
          .toISOString(),
        kernels: all.length,
        connections: all.reduce((sum, kernel) => sum + kernel.connections, 0),
      };
    }),
    get("/api/me", () => ({ identity: identity(), permissions: {} })),
    get("/api/terminals", () => []),
    get("/lab/api/listings/*path", () => ({})),
    {
      method: "POST",
      pattern: "/api/shutdown",
      access,
      handle: async (exchange) => {
        await readJsonBody(exchange.request);
        exchange.response.once("finish", options.shutdown);
        sendEmpty(exchange, 200);
      },
    },
  ];
}

function identity(): Json {
  const name = userName();
  return {
    username: name,
    name,
    display_name: name,
    initials: name.slice(0, 2).toUpperCase(),
    avatar_url: null,
    color: null,
  };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "user"; // a container may run a uid without an entry in passwd
  }
}
