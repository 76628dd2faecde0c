/** What a queue needs of a socket. */
export interface Sender {
  send(frames: Buffer[]): Promise<void>;
}

/**
 * Sends one message after another. ZeroMQ refuses (EBUSY) a send that starts while another of the
 * same socket is pending, so every socket has exactly one of these.
 */
export class SendQueue {
  readonly #socket: Sender;
  readonly #waiting: Buffer[][] = [];
  #pump: Promise<void> | undefined;

  constructor(socket: Sender) {
    this.#socket = socket;
  }

  push(frames: Buffer[]): void {
    this.#waiting.push(frames);
    this.#pump ??= this.#drain();
  }

  /** Resolves when everything pushed so far was handed to ZeroMQ. */
  async flushed(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#socket.send(next);
      } catch {
        // an unroutable client or a closed socket: the next message may still have a reader
      }
    }
    this.#pump = undefined;
  }
}
