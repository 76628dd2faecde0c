import type { Heard } from "../kernels/index.js";

/** Bytes kept for a page that may come back. */
const LIMIT = 64 * 1024 * 1024;

/** Messages for a page whose connection broke, until it is back. Beyond the limit the oldest outputs go. */
export class MessageBuffer {
  readonly sessionId: string;
  #messages: Heard[] = [];
  #bytes = 0;
  /** How many outputs were left out. */
  lost = 0;

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#messages.length;
  }

  add(heard: Heard): void {
    this.#messages.push(heard);
    this.#bytes += sizeOf(heard);
    if (this.#bytes > LIMIT) this.#drop();
  }

  take(): Heard[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return messages;
  }

  /** Down to half, so that it is not done for every message; replies and states stay. */
  #drop(): void {
    const kept: Heard[] = [];
    for (const heard of this.#messages) {
      if (this.#bytes > LIMIT / 2 && (heard.type === "stream" || heard.type.endsWith("display_data"))) {
        this.#bytes -= sizeOf(heard);
        this.lost += 1;
      } else kept.push(heard);
    }
    this.#messages = kept;
  }
}

function sizeOf({ raw }: Heard): number {
  let size = 256; // its objects
  for (const part of raw.parts) size += part.length;
  for (const buffer of raw.buffers) size += buffer.length;
  return size;
}
