import type { IncomingMessage } from "node:http";

/** The cookies of a request; of two with one name the first, which is the one with the closer path. */
export function readCookies(request: IncomingMessage): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of (request.headers.cookie ?? "").split(";")) {
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim();
    if (at > 0 && !found.has(name)) found.set(name, part.slice(at + 1).trim());
  }
  return found;
}

export interface CookieOptions {
  readonly path: string;
  readonly secure: boolean;
  readonly httpOnly: boolean;
  /** Seconds; 0 deletes it; none lasts until the browser ends. */
  readonly maxAge?: number;
}

export function formatCookie(name: string, value: string, options: CookieOptions): string {
  return [
    `${name}=${value}`,
    `Path=${options.path}`,
    "SameSite=Strict",
    ...(options.httpOnly ? ["HttpOnly"] : []),
    ...(options.secure ? ["Secure"] : []),
    ...(options.maxAge === undefined ? [] : [`Max-Age=${options.maxAge}`]),
  ].join("; ");
}
