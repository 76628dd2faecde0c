import { lstatSync, rmSync } from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import type { SocketType } from "./handshake.js";
import { Peer, type PeerEvents } from "./peer.js";

/** How long, in ms, what is unsent is kept after close. */
const LINGER = 1000;

/** Listens at one address and holds the connections to it. */
export class Listener {
  readonly #server: Server;
  readonly #peers = new Set<Peer>();

  constructor(
    type: SocketType,
    events: Omit<PeerEvents, "closed"> & { readonly closed?: PeerEvents["closed"] },
  ) {
    this.#server = createServer((socket) => {
      const closed = (peer: Peer): void => {
        this.#peers.delete(peer);
        events.closed?.(peer);
      };
      this.#peers.add(new Peer(socket, type, { ...events, closed }));
    });
  }

  /** Rejects where the address is taken or is none: `tcp://127.0.0.1:5555`, `ipc:///tmp/kernel-1`. */
  listen(address: string): Promise<void> {
    const where = readAddress(address);
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(where, () => {
        this.#server.off("error", reject);
        // a connection that the system could not hand over is the other side's to try again
        this.#server.on("error", () => {});
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#server.close();
    await Promise.all([...this.#peers].map((peer) => peer.close(LINGER)));
  }
}

function readAddress(address: string): ListenOptions {
  const ipc = /^ipc:\/\/(.+)$/s.exec(address)?.[1];
  if (ipc !== undefined) {
    forgetSocket(ipc);
    return { path: ipc };
  }
  const [, host = "", port = ""] = /^tcp:\/\/(.+):(\d+)$/s.exec(address) ?? [];
  return { host: hostOf(host), port: Number(port) };
}

/** What a kernel that was killed left at its path. */
function forgetSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
}

/** ZeroMQ's names for addresses: `*` for all, the name of a network card, `[…]` for IPv6. */
function hostOf(host: string): string {
  if (host === "*") return "0.0.0.0";
  const card = networkInterfaces()[host]?.find(({ family }) => family === "IPv4");
  return card?.address ?? host.replace(/^\[(.*)\]$/, "$1");
}
