import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ClientSockets,
  type ConnectionInfo,
  connectClient,
  createMessage,
  freePorts,
  type JsonObject,
  type Message,
  writeConnectionFile,
} from "gradlab-kernel";
import { treeMemory, type TreeMemory, treeUsage, type TreeUsage } from "../harness/index.js";
import type { KernelSpec } from "./kernels.js";

/** ms until a start, or the end of a request, is given up. */
const PATIENCE = { start: 60_000, request: 120_000 };

/** One request and everything that came of it. */
export interface Exchange {
  /** ms until the reply; undefined when it never came. */
  readonly replyMs: number | undefined;
  /** ms until both the reply and the idle status were here; undefined when either never came. */
  readonly doneMs: number | undefined;
  readonly reply: JsonObject;
  /** What iopub brought until then. */
  readonly outputs: readonly Message[];
  /** What it brought after. */
  readonly late: Message[];
}

interface Waiting {
  /** ms until the request is given up. */
  readonly patience?: number;
  /** Whether the idle status is waited for as well; by default it is. */
  readonly idle?: boolean;
}

interface Pending {
  readonly take: (channel: string, message: Message) => void;
}

export interface Started {
  readonly driver: KernelDriver;
  /** ms from spawn to kernel_info_reply. */
  readonly readyMs: number;
}

/** A kernel of any make, driven over tcp. Every make is asked the same way and waited for the same way. */
export class KernelDriver {
  readonly #folder = mkdtempSync(join(tmpdir(), "gradlab-bench-kernel-"));
  readonly #session = randomUUID();
  readonly #pending = new Map<string, Pending>();
  readonly #sockets: ClientSockets;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  #heard = false;

  private constructor(spec: KernelSpec, ports: readonly number[]) {
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
    const info: ConnectionInfo = {
      shell_port,
      iopub_port,
      stdin_port,
      control_port,
      hb_port,
      transport: "tcp",
      ip: "127.0.0.1",
      key: randomUUID(),
      signature_scheme: "hmac-sha256",
    };
    const file = join(this.#folder, "connection.json");
    writeConnectionFile(file, info);
    this.#sockets = connectClient(info, (channel, message) => this.#receive(channel, message));
    const [command, ...args] = spec.command.map((part) => part.replace("{connection_file}", file));
    this.#child = spawn(command, args, {
      cwd: this.#folder,
      stdio: "ignore",
      detached: true,
      env: { ...process.env, HOME: this.#folder, IPYTHONDIR: this.#folder, NO_COLOR: "1" },
    });
    this.#exited = new Promise((resolve) => this.#child.once("exit", resolve));
  }

  /** Starts a kernel; undefined when it never answered. */
  static async start(spec: KernelSpec): Promise<Started | undefined> {
    const ports = await freePorts(5);
    const started = performance.now();
    const driver = new KernelDriver(spec, ports);
    const { replyMs } = await driver.request(
      "kernel_info_request",
      {},
      { patience: PATIENCE.start, idle: false },
    );
    if (replyMs === undefined) {
      await driver.stop();
      return undefined;
    }
    return { driver, readyMs: performance.now() - started };
  }

  /** Asks until iopub is heard: nothing that is published later can be missed. */
  async listen(): Promise<void> {
    while (!this.#heard) {
      await this.request("kernel_info_request", {}, { patience: 1000 });
      if (!this.#heard) await sleep(20);
    }
  }

  async request(
    type: string,
    content: JsonObject,
    { patience = PATIENCE.request, idle = true }: Waiting = {},
  ): Promise<Exchange> {
    const message = createMessage(this.#session, type, content);
    const id = message.header.msg_id;
    const started = performance.now();
    const [outputs, late]: [Message[], Message[]] = [[], []];
    let [reply, replyMs, isIdle, done]: [JsonObject, number | undefined, boolean, boolean] = [
      {},
      undefined,
      false,
      false,
    ];
    const finished = new Promise<number | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), patience);
      const take = (channel: string, received: Message): void => {
        if (channel !== "iopub") {
          reply = received.content;
          replyMs = performance.now() - started;
        } else if (received.header.msg_type !== "status") (done ? late : outputs).push(received);
        else if (received.content["execution_state"] === "idle") isIdle = true;
        if (done || replyMs === undefined || (idle && !isIdle)) return;
        done = true;
        clearTimeout(timer);
        resolve(performance.now() - started);
      };
      this.#pending.set(id, { take });
      this.#sockets.send("shell", message);
    });
    const doneMs = await finished;
    done = true;
    return { replyMs, doneMs, reply, outputs, late };
  }

  execute(code: string, patience?: number): Promise<Exchange> {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: true,
    };
    return this.request("execute_request", content, patience === undefined ? {} : { patience });
  }

  /** CPU time and memory of the kernel and everything it started. */
  usage(): TreeUsage {
    return treeUsage(this.#child.pid ?? 0);
  }

  memory(): TreeMemory {
    return treeMemory(this.#child.pid ?? 0);
  }

  async stop(): Promise<void> {
    this.#sockets.close();
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      process.kill(-this.#child.pid, "SIGKILL");
      await this.#exited;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #receive(channel: string, message: Message): void {
    if (channel === "iopub") this.#heard = true;
    const parent = (message.parent as { readonly msg_id?: string }).msg_id;
    if (parent !== undefined) this.#pending.get(parent)?.take(channel, message);
  }
}
