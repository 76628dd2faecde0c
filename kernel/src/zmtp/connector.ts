import { connect, type Socket } from "node:net";
import { readAddress } from "./address.js";
import { writeFrames } from "./frame-writer.js";
import type { SocketType } from "./handshake.js";
import { Peer } from "./peer.js";

/** ms between two attempts to connect: soon while a kernel may be starting, seldom to one that is not there. */
const RETRY = { soon: 20, later: 200, after: 10_000 } as const;

export interface ConnectorOptions {
  readonly type: Extract<SocketType, "DEALER" | "SUB">;
  /** Under which the other side knows this one. */
  readonly identity?: string;
  readonly receive: (frames: Buffer[]) => void;
}

/**
 * A connection to one address, made again whenever it is lost, whether somebody listens there yet or not. What is sent
 * meanwhile goes out when it is there; what was on its way when it was lost is lost, as with libzmq.
 */
export class Connector {
  readonly #address: string;
  readonly #options: ConnectorOptions;
  #socket: Socket | undefined;
  #peer: Peer | undefined;
  #waiting: Buffer[][] = [];
  #retry: NodeJS.Timeout | undefined;
  #lostAt = performance.now();
  #closed = false;

  constructor(address: string, options: ConnectorOptions) {
    this.#address = address;
    this.#options = options;
    this.#connect();
  }

  send(frames: Buffer[]): void {
    if (this.#peer === undefined) this.#waiting.push(frames);
    else this.#peer.send(writeFrames(frames));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket?.destroy();
    this.#waiting = [];
  }

  #connect(): void {
    const { type, identity, receive } = this.#options;
    const { path, host, port } = readAddress(this.#address);
    this.#socket = path === undefined ? connect(port, host) : connect(path);
    new Peer(
      this.#socket,
      type,
      {
        ready: (peer) => this.#join(peer),
        message: (_peer, frames) => receive(frames),
        command: () => {},
        closed: () => this.#lose(),
      },
      identity,
    );
  }

  #join(peer: Peer): void {
    this.#peer = peer;
    // all topics; as a message, which every version understands
    if (this.#options.type === "SUB") peer.send(writeFrames([Buffer.from([1])]));
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const frames of waiting) peer.send(writeFrames(frames));
  }

  #lose(): void {
    if (this.#peer !== undefined) this.#lostAt = performance.now();
    this.#peer = undefined;
    if (this.#closed) return;
    const isLong = performance.now() - this.#lostAt > RETRY.after;
    this.#retry = setTimeout(() => this.#connect(), isLong ? RETRY.later : RETRY.soon);
  }
}
