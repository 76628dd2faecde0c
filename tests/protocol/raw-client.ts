import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "node:test";
import { Dealer, Request, Subscriber } from "zeromq";
import { Conformance } from "./conformance.js";

/** A client that shares no code with the kernel: frames, signatures and sockets are its own. */

export type Json = Record<string, unknown>;

export interface RawMessage {
  readonly channel: string;
  readonly topic: string;
  readonly header: Json;
  readonly parent: Json;
  readonly metadata: Json;
  readonly content: Json;
  readonly buffers: readonly Buffer[];
}

export interface RawOptions {
  readonly transport?: "tcp" | "ipc";
  /** The key that signs; empty switches signatures off. */
  readonly key?: string;
  /** More of the kernel's arguments. */
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Messages after the idle of their request are expected: the test's cells work in the background. */
  readonly background?: boolean;
}

const DELIMITER = "<IDS|MSG>";
const MAIN = join(dirname(fileURLToPath(import.meta.resolve("gradlab-kernel"))), "main.js");
const CHANNELS = ["shell", "control", "stdin"] as const;
export type RequestChannel = (typeof CHANNELS)[number];

async function port(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

export interface FrameOptions {
  /** Signs in place of the kernel's own. */
  readonly key?: string;
  /** Changes fields of the header. */
  readonly header?: Json;
  readonly parent?: Json;
}

export class RawClient {
  readonly key: string = randomUUID();
  /** What the connection file says. */
  connection: Json = {};
  readonly session = randomUUID();
  readonly received: RawMessage[] = [];
  /** Frames that could not be read or were wrongly signed. */
  readonly broken: string[] = [];
  child!: ChildProcess;
  #dealers!: Record<RequestChannel, Dealer>;
  #iopub!: Subscriber;
  #heartbeat = "";
  #changed: (() => void)[] = [];
  /** True once iopub is known to be connected. */
  #greeted = false;
  #queue: Promise<void> = Promise.resolve();

  readonly #options: RawOptions;
  #conformance = new Conformance(true);

  private constructor(options: RawOptions) {
    this.#options = options;
    if (options.key !== undefined) this.key = options.key;
  }

  /** A kernel of its own; when the test ends, every message that it sent must have kept to the protocol. */
  static async start(t: TestContext, options: RawOptions = {}): Promise<RawClient> {
    const client = new RawClient(options);
    const transport = options.transport ?? "tcp";
    const folder = mkdtempSync(join(tmpdir(), "gradlab-raw-"));
    const ports = transport === "tcp" ? await Promise.all(Array.from({ length: 5 }, port)) : [1, 2, 3, 4, 5];
    const ip = transport === "tcp" ? "127.0.0.1" : join(folder, "k");
    const names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"];
    client.connection = {
      transport,
      ip,
      key: client.key,
      signature_scheme: "hmac-sha256",
      ...Object.fromEntries(names.map((name, i) => [name, ports[i]])),
    };
    const file = join(folder, "connection.json");
    writeFileSync(file, JSON.stringify(client.connection));
    const argv = [MAIN, "--connection-file", file, "--type-check", "off", ...(options.argv ?? [])];
    client.child = spawn(process.execPath, argv, {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, GRADLAB_HISTORY: "off", ...options.env },
    });
    client.#connect();
    t.after(async () => {
      client.close();
      if (client.child.exitCode === null && client.child.signalCode === null) {
        client.child.kill("SIGTERM");
        await new Promise((resolve) => client.child.once("exit", resolve));
      }
      rmSync(folder, { recursive: true });
      assert.deepEqual([...client.broken, ...client.#conformance.faults], []);
    });
    await client.#greet();
    return client;
  }

  /** Another client of the same kernel. */
  static async join(t: TestContext, first: RawClient): Promise<RawClient> {
    const client = new RawClient({ key: first.key });
    Object.assign(client, { connection: first.connection, child: first.child });
    client.#connect();
    t.after(() => {
      client.close();
      assert.deepEqual([...client.broken, ...client.#conformance.faults], []);
    });
    await client.#greet();
    return client;
  }

  #connect(): void {
    const address = (name: string): string => {
      const { transport, ip, [`${name}_port`]: number } = this.connection;
      return transport === "tcp"
        ? `tcp://${String(ip)}:${String(number)}`
        : `ipc://${String(ip)}-${String(number)}`;
    };
    const options = { routingId: this.session, linger: 0, reconnectInterval: 10 };
    this.#dealers = { shell: new Dealer(options), control: new Dealer(options), stdin: new Dealer(options) };
    this.#iopub = new Subscriber({ linger: 0, reconnectInterval: 10, receiveHighWaterMark: 0 });
    this.#iopub.subscribe();
    this.#dealers.shell.connect(address("shell"));
    this.#iopub.connect(address("iopub"));
    this.#dealers.stdin.connect(address("stdin"));
    this.#dealers.control.connect(address("control"));
    this.#heartbeat = address("hb");
    void this.#listen("iopub", this.#iopub);
    for (const name of CHANNELS) void this.#listen(name, this.#dealers[name]);
  }

  async #greet(): Promise<void> {
    while (!this.received.some((message) => message.channel === "iopub")) {
      await this.request("kernel_info_request", {});
    }
    // what was sent before iopub was connected came only in part
    this.received.length = 0;
    this.#greeted = true;
    this.#conformance = new Conformance(this.#options.background === true);
  }

  async #listen(channel: string, socket: AsyncIterable<Buffer[]>): Promise<void> {
    for await (const frames of socket) {
      const at = frames.findIndex((frame) => frame.toString("latin1") === DELIMITER);
      const parts = frames.slice(at + 2, at + 6);
      if (at < 0 || parts.length < 4 || frames[at + 1]?.toString() !== this.sign(parts)) {
        this.broken.push(frames.map((frame) => frame.toString().slice(0, 80)).join(" | "));
        continue;
      }
      const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()) as Json);
      const topic = frames.slice(0, at).map(String).join();
      const message = { channel, topic, header, parent, metadata, content, buffers: frames.slice(at + 6) };
      this.received.push(message);
      this.#conformance.received(message);
      for (const wake of this.#changed.splice(0)) wake();
    }
  }

  sign(parts: readonly Buffer[], key = this.key): string {
    if (key === "") return "";
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return hmac.digest("hex");
  }

  /** A signed message, its id and its frames. */
  frames(type: string, content: Json, options: FrameOptions = {}): { id: string; frames: Buffer[] } {
    const id = randomUUID();
    const header = {
      msg_id: id,
      session: this.session,
      username: "raw",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.4",
      ...options.header,
    };
    this.#conformance.sent(header);
    const parts = [header, options.parent ?? {}, {}, content].map((part) =>
      Buffer.from(JSON.stringify(part)),
    );
    return { id, frames: [Buffer.from(DELIMITER), Buffer.from(this.sign(parts, options.key)), ...parts] };
  }

  sendFrames(channel: RequestChannel, frames: Buffer[]): Promise<void> {
    this.#queue = this.#queue.then(() => this.#dealers[channel].send(frames));
    return this.#queue;
  }

  async send(
    channel: RequestChannel,
    type: string,
    content: Json,
    options: FrameOptions = {},
  ): Promise<string> {
    const { id, frames } = this.frames(type, content, options);
    await this.sendFrames(channel, frames);
    return id;
  }

  /** Sends and waits for the reply and its idle; returns everything of this request in order. */
  async request(type: string, content: Json, channel: RequestChannel = "shell"): Promise<RawMessage[]> {
    return this.finished(await this.send(channel, type, content));
  }

  of(id: string): RawMessage[] {
    return this.received.filter((message) => message.parent["msg_id"] === id);
  }

  async finished(id: string): Promise<RawMessage[]> {
    const idle = (message: RawMessage): boolean => message.content["execution_state"] === "idle";
    await this.until(() => {
      const own = this.of(id);
      // before iopub is connected only the reply is sure to come
      const heard = this.#greeted || this.received.some((message) => message.channel === "iopub");
      return (
        own.some(({ channel }) => channel === "shell" || channel === "control") && (own.some(idle) || !heard)
      );
    });
    return this.of(id);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  async execute(code: string, more: Json = {}): Promise<RawMessage[]> {
    return this.request("execute_request", { ...EXECUTE, code, ...more });
  }

  /** ms for one heartbeat. */
  async beat(): Promise<number> {
    const socket = new Request({ linger: 0 });
    socket.connect(this.#heartbeat);
    const start = performance.now();
    await socket.send("beat");
    const [answer] = await socket.receive();
    socket.close();
    if (answer?.toString() !== "beat") throw new Error("the heartbeat changed");
    return performance.now() - start;
  }

  close(): void {
    for (const name of CHANNELS) this.#dealers[name].close();
    this.#iopub.close();
  }
}

export const EXECUTE: Json = {
  silent: false,
  store_history: true,
  user_expressions: {},
  allow_stdin: true,
  stop_on_error: true,
};

/** The reply of an exchange. */
export function replyOf(messages: readonly RawMessage[]): Json {
  return (
    messages.find((message) => message.channel === "shell" || message.channel === "control")?.content ?? {}
  );
}

/** The types of what came on iopub. */
export function published(messages: readonly RawMessage[]): string[] {
  return messages
    .filter((message) => message.channel === "iopub")
    .map(({ header, content }) => {
      const type = header["msg_type"] as string;
      return type === "status" ? (content["execution_state"] as string) : type;
    });
}
