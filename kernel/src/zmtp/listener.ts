import { lstatSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { readAddress } from "./address.js";
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
    if (where.path !== undefined) forgetSocket(where.path);
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      // Node listens at the port where it is given one beside the path
      this.#server.listen(where.path === undefined ? where : { path: where.path }, () => {
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

/** What a kernel that was killed left at its path. */
function forgetSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true) rmSync(path);
}
