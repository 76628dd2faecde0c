import { createMessage, type Header, type JsonObject, type Message } from "../wire/index.js";

export interface PublishOptions {
  readonly metadata?: JsonObject;
  readonly buffers?: readonly Buffer[];
  readonly contentJson?: Buffer;
}

interface Pending {
  readonly parent: Header | JsonObject;
  readonly name: string;
  texts: string[];
  size: number;
  readonly timer: NodeJS.Timeout;
}

/** Streams wait this long, in ms, or until this many characters, for more of the same. */
const WAIT = 25;
const FULL = 256 * 1024;

/** Publishes on iopub; printed text is gathered into few messages and never overtaken. */
export class Publisher {
  readonly #session: string;
  readonly #send: (message: Message) => void;
  #pending: Pending | undefined;

  constructor(session: string, send: (message: Message) => void) {
    this.#session = session;
    this.#send = send;
  }

  publish(
    type: string,
    content: JsonObject,
    parent: Header | JsonObject,
    options: PublishOptions = {},
  ): void {
    this.flush();
    const identities = [Buffer.from(type, "latin1")];
    this.#send(createMessage(this.#session, type, content, { ...options, parent, identities }));
  }

  stream(name: string, text: string, parent: Header | JsonObject): void {
    if (this.#pending && (this.#pending.name !== name || this.#pending.parent !== parent)) this.flush();
    if (this.#pending === undefined) {
      const timer = setTimeout(() => this.flush(), WAIT);
      this.#pending = { parent, name, texts: [], size: 0, timer };
    }
    this.#pending.texts.push(text);
    this.#pending.size += text.length;
    if (this.#pending.size >= FULL) this.flush();
  }

  flush(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    clearTimeout(pending.timer);
    this.publish("stream", { name: pending.name, text: pending.texts.join("") }, pending.parent);
  }
}
