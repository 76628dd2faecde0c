import { networkInterfaces } from "node:os";

/** A path, or a host and a port. */
export interface Address {
  readonly path?: string;
  readonly host?: string;
  readonly port: number;
}

/** `tcp://127.0.0.1:5555`, `ipc:///tmp/kernel-1` → what Node listens at or connects to. */
export function readAddress(address: string): Address {
  const path = /^ipc:\/\/(.+)$/s.exec(address)?.[1];
  if (path !== undefined) return { path, port: 0 };
  const [, host = "", port = ""] = /^tcp:\/\/(.+):(\d+)$/s.exec(address) ?? [];
  return { host: hostOf(host), port: Number(port) };
}

/** ZeroMQ's names for addresses: `*` for all, the name of a network card, `[…]` for IPv6. */
function hostOf(host: string): string {
  if (host === "*") return "0.0.0.0";
  const card = networkInterfaces()[host]?.find(({ family }) => family === "IPv4");
  return card?.address ?? host.replace(/^\[(.*)\]$/, "$1");
}
