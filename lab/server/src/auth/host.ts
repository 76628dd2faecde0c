import { isIP } from "node:net";

/** The host of a Host header or URL authority, without port and brackets; empty for nonsense. */
export function hostName(authority: string): string {
  try {
    const { hostname } = new URL(`http://${authority}`);
    return hostname.replace(/^\[|\]$/g, "").toLowerCase();
  } catch {
    return "";
  }
}

/** `localhost`, names below it, and loopback addresses. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  if (isIP(host) === 4) return host.startsWith("127.");
  return host === "::1" || /^::ffff:(127\.|7f[0-9a-f]{2}:)/.test(host);
}

/**
 * Whether the Host header names this server. A page of another site whose name was made to resolve to 127.0.0.1
 * (DNS rebinding) still sends that name here.
 */
export function isAllowedHost(
  header: string | undefined,
  allowed: readonly string[],
  boundToLoopback: boolean,
): boolean {
  const host = hostName(header ?? "");
  if (host === "") return false;
  return !boundToLoopback || isLoopback(host) || allowed.includes(host);
}
