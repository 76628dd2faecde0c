import type { KernelClient } from "gradlab-kernel";

type Json = Record<string, unknown>;

export interface Answer {
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A front end that uses the comm of docs/kernel-language-comm.md. */
export class EditorClient {
  readonly #kernel: KernelClient;
  readonly #comm: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;
  /** What the kernel sent unasked. */
  readonly notes: { method: string; params: Json }[] = [];
  closed = false;
  #noted: (() => void) | undefined;

  constructor(kernel: KernelClient, target = "gradlab.language") {
    this.#kernel = kernel;
    this.#comm = `editor-${Math.random()}`;
    const before = kernel.onIopub;
    kernel.onIopub = (message) => {
      before(message);
      if (message.content["comm_id"] !== this.#comm) return;
      if (message.header.msg_type === "comm_close") this.closed = true;
      else this.#receive(message.content["data"] as Json);
      this.#noted?.();
    };
    kernel.send("comm_open", { comm_id: this.#comm, target_name: target, data: { version: 1 } });
  }

  #receive(data: Json): void {
    if (typeof data["id"] === "number") {
      this.#waiting.get(data["id"])?.(data);
      this.#waiting.delete(data["id"]);
    } else this.notes.push(data as { method: string; params: Json });
  }

  /** Waits until `holds`, looked at after each message. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#noted = resolve));
  }

  send(data: Json): void {
    this.#kernel.send("comm_msg", { comm_id: this.#comm, data });
  }

  /** The id of the request that is sent next. */
  get nextId(): number {
    return this.#next + 1;
  }

  request(method: string, params: Json = {}): Promise<Answer> {
    this.#next += 1;
    const id = this.#next;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.send({ id, method, params });
    return answer;
  }

  async result<T>(method: string, params: Json = {}): Promise<T> {
    const { result, error } = await this.request(method, params);
    if (error !== undefined) throw new Error(`${error.code}: ${error.message}`);
    return result as T;
  }

  close(): void {
    this.#kernel.send("comm_close", { comm_id: this.#comm, data: {} });
  }
}
