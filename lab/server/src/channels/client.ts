import { createMessage } from "gradlab-kernel";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Heard } from "../kernels/index.js";
import type { Codec, Packet } from "./codec.js";
import { Unconfirmed } from "./unconfirmed.js";

/** Bytes waiting for a slow page beyond which what it can do without is left out, and where that ends. */
const BEHIND = 64 * 1024 * 1024;
const CAUGHT_UP = BEHIND / 4;
/** What a page must get to know when a cell ends and what it asked for. */
const DISPENSABLE: readonly string[] = ["stream", "display_data", "update_display_data", "comm_msg"];

/** One page's connection to a kernel. */
export class Client {
  readonly sessionId: string;
  /** Sessions in whose name it has spoken. */
  readonly sessions: Set<string>;
  /** What it was sent and may not have got. */
  readonly unconfirmed: Unconfirmed;
  /** Found out to be dead, not closed: then what is unconfirmed has to be sent again. */
  isDead = false;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #codec: Codec;
  #isGathering = false;
  #left: { count: number; bytes: number; parent: Buffer } | undefined;
  /** What waits for the answer to a ping, by what the ping carried. */
  readonly #confirming = new Map<string, () => void>();
  #pings = 0;

  /** @param stream what `socket` writes to */
  constructor(socket: WebSocket, stream: Duplex, codec: Codec, sessionId: string) {
    this.#socket = socket;
    this.#stream = stream;
    this.#codec = codec;
    this.sessionId = sessionId;
    this.sessions = new Set(sessionId === "" ? [] : [sessionId]);
    this.unconfirmed = new Unconfirmed(sessionId, (then) => this.whenArrived(then));
    socket.on("pong", (data) => {
      this.#confirming.get(data.toString())?.();
      this.#confirming.delete(data.toString());
    });
  }

  /** Calls back when all that was sent so far has arrived (frames keep their order); never, when the connection ends first. */
  whenArrived(then: () => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#pings += 1;
    const mark = String(this.#pings);
    this.#confirming.set(mark, then);
    this.#socket.ping(mark);
  }

  /** Sends on; a page that is too slow for a flood of outputs is told how much it does not show. */
  deliver(heard: Heard): void {
    const waiting = this.#socket.bufferedAmount;
    if (DISPENSABLE.includes(heard.type) && waiting > (this.#left === undefined ? BEHIND : CAUGHT_UP)) {
      this.#left ??= { count: 0, bytes: 0, parent: heard.raw.parts[1] };
      this.#left.count += 1;
      this.#left.bytes += heard.raw.parts[3].length;
      return;
    }
    if (this.#left !== undefined) this.#tellLeft(this.#left);
    this.#left = undefined;
    this.#send(heard);
    if (this.sessionId !== "") this.unconfirmed.add(heard);
  }

  notice(text: string, parent: Buffer): void {
    const { header, content } = createMessage("", "stream", { name: "stderr", text });
    const part = (value: object): Buffer => Buffer.from(JSON.stringify(value));
    this.#send({
      channel: "iopub",
      raw: { identities: [], parts: [part(header), parent, part({}), part(content)], buffers: [] },
    });
  }

  /** Ends a connection that nobody is at the other end of. */
  abandon(): void {
    this.isDead = true;
    this.#socket.terminate();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #tellLeft({ count, bytes, parent }: { count: number; bytes: number; parent: Buffer }): void {
    const size = (bytes / 1024 / 1024).toFixed(1);
    this.notice(
      `[gradlab: ${count} outputs (${size} MiB) came faster than this page could take them and are not shown]\n`,
      parent,
    );
  }

  #send(packet: Packet): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#gather();
    this.#socket.send(this.#codec.encode(packet));
  }

  /** What is sent at one go is one write: each wakes the browser. */
  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#stream.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      this.#stream.uncork();
    });
  }
}
