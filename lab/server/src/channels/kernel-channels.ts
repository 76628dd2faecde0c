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
    const missed = this.#missedBy(client);
    this.#clients.add(client);
    this.#kernel.connections = this.#clients.size;
    this.#buffer = undefined;
    if (missed === undefined) return false;
    const { messages, lost } = missed;
    for (const heard of messages) client.deliver(heard);
    const last = messages.at(-1);
    if (lost > 0 && last !== undefined) {
      client.notice(
        `[gradlab: ${lost} outputs were too many to keep while this page was away]\n`,
        last.raw.parts[1],
      );
    }
    return lost === 0;
  }

  /** What was kept for the client's page: since it left, or since a connection of it fell silent that is still open here. */
  #missedBy({ sessionId }: Client): { messages: readonly Heard[]; lost: number } | undefined {
    if (sessionId === "") return undefined;
    const buffer = this.#buffer;
    if (buffer?.sessionId === sessionId) return { messages: buffer.take(), lost: buffer.lost };
    const silent = [...this.#clients].find((one) => one.sessionId === sessionId && one.unconfirmed.isSilent);
    if (silent === undefined) return undefined;
    this.#clients.delete(silent);
    const missed = silent.unconfirmed.take();
    silent.abandon();
    return missed;
  }

  /** Messages for the last page to leave are kept: its connection may only have broken. */
  leave(client: Client): void {
    if (!this.#clients.delete(client)) return;
    this.#kernel.connections = this.#clients.size;
    if (this.#clients.size > 0 || client.sessionId === "") return;
    this.#buffer = new MessageBuffer(client.sessionId);
    if (!client.isDead) return;
    const { messages, lost } = client.unconfirmed.take();
    for (const heard of messages) this.#buffer.add(heard);
    this.#buffer.lost += lost;
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
