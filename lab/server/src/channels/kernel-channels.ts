import type { RawMessage } from "gradlab-kernel";
import type { Channel, Heard, KernelListener, ManagedKernel } from "../kernels/index.js";
import type { Client } from "./client.js";
import { MessageBuffer } from "./message-buffer.js";

/** Bytes from pages that a kernel which is still starting is kept. */
const PENDING_LIMIT = 64 * 1024 * 1024;
/** ms after which messages are sent to a kernel that still has not answered. */
const PATIENCE = 60_000;

interface Pending {
  readonly channel: Exclude<Channel, "iopub">;
  readonly raw: RawMessage;
}

/** One kernel and the pages that are connected to it. */
export class KernelChannels implements KernelListener {
  readonly #kernel: ManagedKernel;
  readonly #clients = new Set<Client>();
  #buffer: MessageBuffer | undefined;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #patience: NodeJS.Timeout | undefined;

  constructor(kernel: ManagedKernel) {
    this.#kernel = kernel;
  }

  /** True when what the client missed since its last connection was replayed. */
  join(client: Client): boolean {
    this.#clients.add(client);
    this.#kernel.connections = this.#clients.size;
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer === undefined || buffer.sessionId !== client.sessionId) return false;
    const messages = buffer.take();
    for (const heard of messages) client.deliver(heard);
    const last = messages.at(-1);
    if (buffer.lost > 0 && last !== undefined) {
      client.notice(
        `[gradlab: ${buffer.lost} outputs were too many to keep while this page was away]\n`,
        last.raw.parts[1],
      );
    }
    return buffer.lost === 0;
  }

  /** Messages for the last page to leave are kept: its connection may only have broken. */
  leave(client: Client): void {
    this.#clients.delete(client);
    this.#kernel.connections = this.#clients.size;
    if (this.#clients.size === 0 && client.sessionId !== "")
      this.#buffer = new MessageBuffer(client.sessionId);
  }

  isConnected(sessionId: string): boolean {
    return [...this.#clients].some((client) => client.sessions.has(sessionId));
  }

  client(sessionId: string): Client | undefined {
    return [...this.#clients].find((client) => client.sessions.has(sessionId));
  }

  /** From a page to the kernel, held back until the kernel is heard. */
  send(channel: Exclude<Channel, "iopub">, raw: RawMessage): void {
    if (this.#kernel.isReady) {
      this.#flush();
      this.#kernel.send(channel, raw);
      return;
    }
    const size = raw.parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#pendingBytes + size > PENDING_LIMIT) return;
    this.#pending.push({ channel, raw });
    this.#pendingBytes += size;
    this.#patience ??= setTimeout(() => this.#flush(), PATIENCE).unref();
  }

  onMessage(heard: Heard): void {
    if (this.#pending.length > 0 && this.#kernel.isReady) this.#flush();
    if (heard.channel === "iopub") for (const client of this.#clients) client.deliver(heard);
    else this.client(heard.parentSession)?.deliver(heard);
    if (
      this.#buffer !== undefined &&
      (heard.channel === "iopub" || heard.parentSession === this.#buffer.sessionId)
    ) {
      this.#buffer.add(heard);
    }
  }

  /** What was meant for the process that is gone must not run in the next one. */
  onGone(): void {
    this.#dropPending();
  }

  onEnd(): void {
    this.#dropPending();
    for (const client of this.#clients) client.close(1000, "The kernel was shut down");
    this.#buffer = undefined;
  }

  #flush(): void {
    const pending = this.#pending;
    this.#dropPending();
    for (const { channel, raw } of pending) this.#kernel.send(channel, raw);
  }

  #dropPending(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}
