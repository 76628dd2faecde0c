import { writeFrames } from "./frame-writer.js";
import { Listener } from "./listener.js";
import type { Peer } from "./peer.js";

/**
 * Speaks with each that connects: what comes has its identity before it, and what goes out is sent to the identity
 * before it. As in ipykernel, who comes with an identity that is known takes its place (a client that lost its
 * connection and made another); what is for nobody is dropped.
 */
export class RouterSocket {
  readonly #listener: Listener;
  readonly #peers = new Map<string, Peer>();
  #receive: (frames: Buffer[]) => void = () => {};
  /** What came before anyone read. */
  #early: Buffer[][] | undefined = [];
  #named = 0;

  constructor() {
    this.#listener = new Listener("ROUTER", {
      ready: (peer) => this.#join(peer),
      message: (peer, frames) => this.#take([peer.identity, ...frames]),
      command: () => {},
      closed: (peer) => this.#leave(peer),
    });
  }

  listen(address: string): Promise<void> {
    return this.#listener.listen(address);
  }

  /** Starts reading: [identity, …frames] of each message. */
  read(receive: (frames: Buffer[]) => void): void {
    this.#receive = receive;
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const frames of early) receive(frames);
  }

  /** Sends `[identity, …frames]` to its client. */
  send([identity, ...frames]: readonly Buffer[]): void {
    this.#peers.get(keyOf(identity))?.send(writeFrames(frames));
  }

  /** Sends what is queued, then closes. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  #join(peer: Peer): void {
    if (peer.identity.length === 0) peer.identity = this.#name();
    this.#peers.set(keyOf(peer.identity), peer);
  }

  /** As ZeroMQ names those that do not name themselves: a zero, which no name of theirs begins with, and a number. */
  #name(): Buffer {
    this.#named += 1;
    const identity = Buffer.alloc(5);
    identity.writeUInt32BE(this.#named, 1);
    return identity;
  }

  #take(frames: Buffer[]): void {
    if (this.#early === undefined) this.#receive(frames);
    else this.#early.push(frames);
  }

  #leave(peer: Peer): void {
    const key = keyOf(peer.identity);
    if (this.#peers.get(key) === peer) this.#peers.delete(key);
  }
}

const keyOf = (identity: Buffer | undefined): string => identity?.toString("latin1") ?? "";
