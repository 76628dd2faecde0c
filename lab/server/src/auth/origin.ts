import type { IncomingMessage } from "node:http";

/** Whether an Origin or Referer is this server, by the Host the request was sent to, or one allowed by name. */
function isSame(source: string, request: IncomingMessage, allowed: readonly string[]): boolean {
  try {
    const url = new URL(source);
    if (allowed.includes(url.origin)) return true;
    return url.host.toLowerCase() === withoutDefaultPort(url.protocol, request.headers.host ?? "");
  } catch {
    return false; // "null", of a sandboxed frame, among others
  }
}

function withoutDefaultPort(protocol: string, host: string): string {
  try {
    return new URL(`${protocol}//${host}`).host.toLowerCase();
  } catch {
    return "";
  }
}

/** False only for a request that names another origin. A program sends none; a browser always does on writes. */
export function isSameOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin } = request.headers;
  return origin === undefined || isSame(origin, request, allowed);
}

/**
 * Whether a reading request was made by a page of this server or typed by the user. Other sites can make a
 * browser fetch addresses here (as scripts, images); they send another Sec-Fetch-Site, or no Referer of ours.
 */
export function isSameSite(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, referer } = request.headers;
  if (origin !== undefined) return isSame(origin, request, allowed);
  const site = request.headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return true;
  return referer !== undefined && isSame(referer, request, allowed);
}
