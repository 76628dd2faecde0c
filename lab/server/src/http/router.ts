import { ServerError } from "../errors.js";
import type { Access, Exchange } from "./exchange.js";

export type Handler = (exchange: Exchange) => Promise<void> | void;

/** `/api/kernels/:id/interrupt`; `*path` stands for any number of segments. */
export interface Route {
  readonly method: string;
  readonly pattern: string;
  readonly access: Access;
  readonly handle: Handler;
}

interface Compiled extends Route {
  readonly before: readonly string[];
  readonly star: string | undefined;
  readonly after: readonly string[];
}

/** Finds the first route, in the order of declaration, that a request fits. */
export class Router {
  readonly #routes: Compiled[] = [];

  add(routes: readonly Route[]): void {
    for (const route of routes) {
      const parts = route.pattern.split("/").filter((part) => part !== "");
      const at = parts.findIndex((part) => part.startsWith("*"));
      this.#routes.push({
        ...route,
        before: at < 0 ? parts : parts.slice(0, at),
        star: at < 0 ? undefined : parts[at].slice(1),
        after: at < 0 ? [] : parts.slice(at + 1),
      });
    }
  }

  /** Throws E_NOT_FOUND, or E_METHOD when the address exists for other methods. */
  find(method: string, segments: readonly string[]): { route: Route; params: Record<string, string> } {
    const wanted = method === "HEAD" ? "GET" : method;
    const allowed = new Set<string>();
    for (const route of this.#routes) {
      const params = match(route, segments);
      if (params === undefined) continue;
      if (route.method === wanted) return { route, params };
      allowed.add(route.method);
    }
    if (allowed.size === 0) throw new ServerError("E_NOT_FOUND", "There is nothing at this address.");
    throw new ServerError("E_METHOD", `${method} is not allowed here.`, {
      headers: { Allow: [...allowed].join(", ") },
    });
  }
}

function match(route: Compiled, segments: readonly string[]): Record<string, string> | undefined {
  const { before, star, after } = route;
  const fixed = before.length + after.length;
  if (star === undefined ? segments.length !== fixed : segments.length < fixed) return undefined;
  const params: Record<string, string> = {};
  const tail = segments.length - after.length;
  if (!matchParts(before, segments, params) || !matchParts(after, segments.slice(tail), params))
    return undefined;
  if (star !== undefined) params[star] = segments.slice(before.length, tail).join("/");
  return params;
}

function matchParts(
  pattern: readonly string[],
  segments: readonly string[],
  params: Record<string, string>,
): boolean {
  return pattern.every((part, i) => {
    if (part.startsWith(":")) params[part.slice(1)] = segments[i];
    return part.startsWith(":") || part === segments[i];
  });
}
