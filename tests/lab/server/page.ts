import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type { WebSocket as Socket } from "ws";
import type { LabServer } from "gradlab-lab-server";

// looked up from the server's package, whose dependency it is
const require = createRequire(import.meta.resolve("gradlab-lab-server"));
export const { WebSocket } = require("ws") as { WebSocket: typeof Socket };

export interface Received {
  readonly channel: string;
  readonly header: Record<string, unknown>;
  readonly parent: Record<string, unknown>;
  readonly content: Record<string, unknown>;
}

/** One page's socket to a kernel, speaking v1 by hand so that a test can break it wherever it wants. */
export class Page {
  readonly session: string;
  readonly received: Received[] = [];
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  readonly closed: Promise<number>;

  private constructor(socket: Socket, session: string) {
    this.#socket = socket;
    this.session = session;
    socket.on("message", (data: Buffer) => {
      this.received.push(decode(data));
      for (const wake of this.#waiting) wake();
    });
    this.closed = new Promise((resolve) => socket.once("close", resolve));
  }

  static async open(server: LabServer, kernelId: string, session: string = randomUUID()): Promise<Page> {
    const url = `${server.address.replace(/^http/, "ws")}api/kernels/${kernelId}/channels?session_id=${session}`;
    const headers = { Authorization: `token ${server.token}` };
    const socket = new WebSocket(url, ["v1.kernel.websocket.jupyter.org"], { headers });
    const page = new Page(socket, session);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return page;
  }

  /** Asks the kernel to run a cell; the msg_id. */
  execute(code: string, cellId: string, more: Record<string, unknown> = {}): string {
    const content = { code, silent: false, store_history: true, allow_stdin: false, stop_on_error: true };
    return this.send("shell", "execute_request", { ...content, ...more }, { cellId });
  }

  send(channel: string, type: string, content: object, metadata: object = {}): string {
    const msg_id = randomUUID();
    const header = { msg_id, msg_type: type, session: this.session, username: "", version: "5.4", date: "" };
    this.#socket.send(encode(channel, [header, {}, metadata, content]));
    return msg_id;
  }

  sendRaw(data: Buffer | string): void {
    this.#socket.send(data);
  }

  /** Waits for a message; those received before count as well. */
  async until(found: (message: Received) => boolean): Promise<Received> {
    for (;;) {
      const message = this.received.find(found);
      if (message !== undefined) return message;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  /** Until the kernel has nothing more to say about a request. */
  async idle(msgId: string): Promise<void> {
    await this.until(
      ({ header, parent, content }) =>
        header["msg_type"] === "status" &&
        content["execution_state"] === "idle" &&
        parent["msg_id"] === msgId,
    );
  }

  /** Until a text was printed. */
  async printed(text: string): Promise<void> {
    await this.until(({ content }) => typeof content["text"] === "string" && content["text"].includes(text));
  }

  /** What a request printed, as far as this page was told. */
  text(msgId: string): string {
    return this.received
      .filter(({ header, parent }) => header["msg_type"] === "stream" && parent["msg_id"] === msgId)
      .map(({ content }) => content["text"] as string)
      .join("");
  }

  /** As a lost network does it. */
  async break(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }

  /** As a laptop that is closed: it hears nothing any more, and nobody is told. */
  freeze(): void {
    this.#socket.pause();
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

export function encode(channel: string, parts: readonly object[]): Buffer {
  const all = [Buffer.from(channel), ...parts.map((part) => Buffer.from(JSON.stringify(part)))];
  const head = Buffer.alloc(8 * (all.length + 2));
  head.writeBigUInt64LE(BigInt(all.length + 1), 0);
  let offset = head.length;
  all.forEach((part, i) => {
    head.writeBigUInt64LE(BigInt(offset), 8 * (i + 1));
    offset += part.length;
  });
  head.writeBigUInt64LE(BigInt(offset), 8 * (all.length + 1));
  return Buffer.concat([head, ...all]);
}

function decode(data: Buffer): Received {
  const count = Number(data.readBigUInt64LE(0));
  const offsets = Array.from({ length: count }, (_, i) => Number(data.readBigUInt64LE(8 * (i + 1))));
  const part = (i: number): string => data.subarray(offsets[i], offsets[i + 1]).toString();
  const json = (i: number): Record<string, unknown> => JSON.parse(part(i)) as Record<string, unknown>;
  return { channel: part(0), header: json(1), parent: json(2), content: json(4) };
}
