import type { Heard } from "../kernels/index.js";
import { MessageBuffer } from "./message-buffer.js";

/** ms for which messages are gathered before the page is asked whether they arrived. */
const EVERY = 100;
/** ms without an answer after which a connection counts as dead where another takes its place. */
const SILENT = 2000;

/** What was sent over a connection and may not have arrived: a network that is gone takes bytes without a word. */
export class Unconfirmed {
  readonly #sessionId: string;
  readonly #ask: (then: () => void) => void;
  #gathering: MessageBuffer;
  #asked: MessageBuffer | undefined;
  #askedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param ask calls back when all that was sent so far has arrived */
  constructor(sessionId: string, ask: (then: () => void) => void) {
    this.#sessionId = sessionId;
    this.#ask = ask;
    this.#gathering = new MessageBuffer(sessionId);
  }

  add(heard: Heard): void {
    this.#gathering.add(heard);
    if (this.#asked === undefined) this.#timer ??= setTimeout(() => this.#confirm(), EVERY).unref();
  }

  /** Whether the page owes an answer for so long that it will not come. */
  get isSilent(): boolean {
    return this.#asked !== undefined && performance.now() - this.#askedAt > SILENT;
  }

  /** All of it, oldest first, and how many outputs were too many to keep. */
  take(): { readonly messages: readonly Heard[]; readonly lost: number } {
    clearTimeout(this.#timer);
    const buffers = this.#asked === undefined ? [this.#gathering] : [this.#asked, this.#gathering];
    return {
      messages: buffers.flatMap((buffer) => buffer.take()),
      lost: buffers.reduce((sum, { lost }) => sum + lost, 0),
    };
  }

  #confirm(): void {
    this.#timer = undefined;
    this.#asked = this.#gathering;
    this.#askedAt = performance.now();
    this.#gathering = new MessageBuffer(this.#sessionId);
    this.#ask(() => {
      this.#asked = undefined;
      if (this.#gathering.size > 0) this.#timer ??= setTimeout(() => this.#confirm(), EVERY).unref();
    });
  }
}
