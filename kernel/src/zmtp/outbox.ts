import type { Socket } from "node:net";

/** What was said to sockets since Node last looked for events. */
const full = new Set<Outbox>();

/** What is this small altogether is copied into one piece: a list costs the system more. */
const SMALL = 64 * 1024;

/**
 * What goes out by one socket, in order. It is handed to the system when the events at hand are dealt with, or earlier
 * by `flushAll`: so all that a cell's end says (result, reply, idle) is one write, and wakes the other side once.
 */
export class Outbox {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  push(pieces: readonly Buffer[]): void {
    if (full.size === 0) setImmediate(flushAll);
    full.add(this);
    this.#pieces.push(...pieces);
  }

  flush(): void {
    const pieces = this.#pieces;
    this.#pieces = [];
    full.delete(this);
    if (pieces.length === 0 || this.#socket.destroyed) return;
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    if (pieces.length === 1 || size <= SMALL)
      this.#socket.write(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, size));
    else {
      this.#socket.cork();
      for (const piece of pieces) this.#socket.write(piece);
      this.#socket.uncork();
    }
  }

  /** Resolves when the system has taken everything, the socket failed, or `patience` ms went by; the socket is closed. */
  close(patience: number): Promise<void> {
    this.flush();
    const socket = this.#socket;
    if (socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(), patience);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      socket.end(() => socket.destroy());
    });
  }
}

/** Hands over at once what was said to all sockets. */
export function flushAll(): void {
  for (const outbox of full) outbox.flush();
}
