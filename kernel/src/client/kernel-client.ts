import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.js";
import type { TypeCheckMode } from "../messages/index.js";
import {
  type Channel,
  type ConnectionInfo,
  createMessage,
  type JsonObject,
  type Message,
  text,
  writeConnectionFile,
} from "../wire/index.js";
import { type ClientSockets, connectClient } from "./client-sockets.js";

/** A message on iopub that belongs to an execution: stream, display_data, execute_result, error, … */
export interface Output {
  readonly type: string;
  readonly content: JsonObject;
  readonly metadata: JsonObject;
  readonly buffers: readonly Buffer[];
}

export interface StartOptions {
  /** The notebook's folder; by default the current one. */
  readonly cwd?: string;
  readonly typeCheck?: TypeCheckMode;
  /** What the notebook is written in; JavaScript is not type-checked unless `typeCheck` says so. */
  readonly language?: "typescript" | "javascript";
  /**
   * Whether what is run is kept for the history of later kernels: `on` for the user's own, or a folder. By default
   * `off`: what a program runs is not what the user typed.
   */
  readonly history?: string;
  /** MB that the process which runs cells may use. */
  readonly memoryLimit?: number;
  readonly transport?: "ipc" | "tcp";
  /** Start this in place of our own kernel; `{connection_file}` stands for the file's path. */
  readonly argv?: readonly string[];
  /** ms until a kernel that does not answer is given up. */
  readonly startTimeout?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ExecuteOptions {
  readonly onOutput?: (output: Output) => void;
  /** Answers `prompt`; without it a cell that asks gets an error. */
  readonly onInput?: (prompt: string, password: boolean) => string | Promise<string>;
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  readonly stopOnError?: boolean;
  readonly userExpressions?: Readonly<Record<string, string>>;
}

export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly executionCount: number | null;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
  readonly userExpressions: JsonObject;
}

interface Waiting {
  readonly onMessage: (channel: Channel, message: Message) => void;
  readonly reject: (error: Error) => void;
}

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));
/** ms for a kernel to end after shutdown_request before it is killed. */
const SHUTDOWN = 5000;
/** ms for what a kernel wrote before it ended. */
const LAST_WORDS = 300;

/**
 * Starts a kernel process and waits until it answers.
 *
 * @example
 * const kernel = await startKernel({ cwd: "." });
 * await kernel.execute("1 + 1", { onOutput: (output) => console.log(output.content) });
 * await kernel.shutdown();
 */
export async function startKernel(options: StartOptions = {}): Promise<KernelClient> {
  const client = new KernelClient(options);
  await client.start();
  return client;
}

/** A started kernel and the sockets to it. */
export class KernelClient {
  readonly #options: StartOptions;
  readonly #session = randomUUID();
  readonly #waiting = new Map<string, Waiting>();
  #folder = "";
  #file = "";
  #child: ChildProcess | undefined;
  #sockets: ClientSockets | undefined;
  #exited: Promise<void> = Promise.resolve();
  #lastWords: () => Promise<string> = () => Promise.resolve("");
  #heard: (() => void) | undefined;
  /** What the kernel said of itself. */
  info: JsonObject = {};
  /** Called with every message of iopub, whoever asked. */
  onIopub: (message: Message) => void = () => {};

  constructor(options: StartOptions = {}) {
    this.#options = options;
  }

  /** Process id of the kernel. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get connectionFile(): string {
    return this.#file;
  }

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), "gradlab-kernel-"));
    this.#file = join(this.#folder, "connection.json");
    const info = await this.#chooseConnection();
    writeConnectionFile(this.#file, info);
    try {
      await this.#launch();
      this.#sockets = connectClient(info, (channel, message) => this.#receive(channel, message));
      await this.#greet();
    } catch (error) {
      await this.#kill();
      this.#cleanUp();
      throw error;
    }
  }

  /** Runs a cell; resolves after its last output. Rejects when the kernel dies. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteReply> {
    const content = {
      code,
      silent: options.silent === true,
      store_history: options.storeHistory !== false && options.silent !== true,
      user_expressions: { ...options.userExpressions },
      allow_stdin: options.onInput !== undefined,
      stop_on_error: options.stopOnError !== false,
    };
    const reply = await this.request("execute_request", content, {
      onIopub: (message) => options.onOutput?.(outputOf(message)),
      onStdin: (message) => void this.#answerInput(message, options),
    });
    return replyOf(reply.content);
  }

  /** Any request; resolves with the reply once its `idle` has come as well. */
  request(
    type: string,
    content: JsonObject = {},
    options: {
      readonly channel?: "shell" | "control";
      readonly onIopub?: (message: Message) => void;
      readonly onStdin?: (message: Message) => void;
    } = {},
  ): Promise<Message> {
    const sockets = this.#sockets;
    if (sockets === undefined)
      return Promise.reject(new KernelError("E_KERNEL_GONE", "The kernel is not running."));
    const message = createMessage(this.#session, type, content);
    const id = message.header.msg_id;
    return new Promise((resolve, reject) => {
      let reply: Message | undefined;
      let idle = false;
      const onMessage = (channel: Channel, received: Message): void => {
        if (channel === "iopub") {
          if (received.header.msg_type !== "status") options.onIopub?.(received);
          else if (received.content["execution_state"] === "idle") idle = true;
        } else if (channel === "stdin") options.onStdin?.(received);
        else reply = received;
        if (reply === undefined || !idle) return;
        this.#waiting.delete(id);
        resolve(reply);
      };
      this.#waiting.set(id, { onMessage, reject });
      sockets.send(options.channel ?? "shell", message);
    });
  }

  /** A message that has no reply (comm_open, comm_msg, comm_close); returns its id. */
  send(
    type: string,
    content: JsonObject,
    channel: "shell" | "control" = "shell",
    buffers: readonly Buffer[] = [],
  ): string {
    const message = createMessage(this.#session, type, content, { buffers });
    this.#sockets?.send(channel, message);
    return message.header.msg_id;
  }

  /** Stops the running cell. */
  async interrupt(): Promise<void> {
    await this.request("interrupt_request", {}, { channel: "control" });
  }

  /** One heartbeat; rejects after `timeout` ms without an answer. */
  async beat(timeout = 5000): Promise<void> {
    await this.#sockets?.beat(timeout);
  }

  /** Starts anew: all variables are gone. */
  async restart(): Promise<void> {
    await this.#end(true);
    await this.start();
  }

  /** Ends the kernel and everything it started. */
  async shutdown(): Promise<void> {
    await this.#end(false);
  }

  async #end(restart: boolean): Promise<void> {
    if (this.#child === undefined) return;
    const bye = this.request("shutdown_request", { restart }, { channel: "control" }).catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, SHUTDOWN)));
    await Promise.race([Promise.all([bye, this.#exited]), this.#exited, late]);
    clearTimeout(timer);
    await this.#kill();
    this.#cleanUp();
  }

  async #chooseConnection(): Promise<ConnectionInfo> {
    const base = {
      key: randomBytes(32).toString("hex"),
      signature_scheme: "hmac-sha256",
      kernel_name: "gradlab",
    };
    if (this.#options.transport === "tcp") {
      const { freePorts } = await import("./free-ports.js");
      const [shell, iopub, stdin, control, hb] = await freePorts(5);
      const ports = {
        shell_port: shell,
        iopub_port: iopub,
        stdin_port: stdin,
        control_port: control,
        hb_port: hb,
      };
      return { ...base, ...(ports as Record<keyof typeof ports, number>), transport: "tcp", ip: "127.0.0.1" };
    }
    const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
    return { ...base, ...ports, transport: "ipc", ip: join(this.#folder, "k") };
  }

  async #launch(): Promise<void> {
    const { cwd, typeCheck, language, history, memoryLimit, argv, env } = this.#options;
    const own = [process.execPath, MAIN, "--connection-file", "{connection_file}", "--end-with-stdin"];
    if (typeCheck !== undefined) own.push("--type-check", typeCheck);
    if (language !== undefined) own.push("--language", language);
    own.push("--history", history ?? "off");
    if (memoryLimit !== undefined) own.push("--memory-limit", String(memoryLimit));
    const [command, ...parameters] = (argv ?? own).map((part) =>
      part.replace("{connection_file}", this.#file),
    );
    const child = spawn(command, parameters, {
      cwd: cwd ?? process.cwd(),
      stdio: ["pipe", "ignore", "pipe"],
      env: { ...process.env, ...env },
      detached: true, // Ctrl-C is for the client, which interrupts the kernel by message
    });
    this.#child = child;
    child.stdin?.on("error", () => {});
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => (said = (said + chunk.toString("utf8")).slice(-4000)));
    // its last words may come after its end; what it started may hold the pipe for longer
    const silent = new Promise((resolve) => child.stderr?.once("close", resolve));
    this.#lastWords = async () => {
      await Promise.race([silent, delay(LAST_WORDS, undefined, { ref: false })]);
      return said.trim();
    };
    this.#exited = new Promise((resolve) => {
      const end = (how: string): void => {
        const error = new KernelError(
          "E_KERNEL_GONE",
          `The kernel ended (${how}).${said ? ` It said: ${said.trim()}` : ""}`,
        );
        for (const { reject } of this.#waiting.values()) reject(error);
        this.#waiting.clear();
        resolve();
      };
      child.once("error", (error) => end(error.message));
      child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  /** Asks until the kernel answers and iopub is heard: nothing published later can be missed. */
  async #greet(): Promise<void> {
    const limit = this.#options.startTimeout ?? 30_000;
    const heard = new Promise<void>((resolve) => (this.#heard = resolve));
    const info = this.request("kernel_info_request");
    const ask = setInterval(() => {
      this.request("kernel_info_request").catch(() => {});
    }, 500);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const error = new KernelError("E_KERNEL_START", `The kernel did not answer within ${limit / 1000} s.`);
      timer = setTimeout(() => reject(error), limit);
    });
    // a request that came before iopub was connected has no idle: any later one will do
    const answered = Promise.race([info, this.#firstReply()]);
    try {
      const [reply] = await Promise.race([Promise.all([answered, heard]), late, this.#goneEarly()]);
      this.info = reply.content;
    } finally {
      clearInterval(ask);
      clearTimeout(timer);
    }
  }

  #replied: ((message: Message) => void) | undefined;

  #firstReply(): Promise<Message> {
    return new Promise((resolve) => (this.#replied = resolve));
  }

  async #goneEarly(): Promise<never> {
    await this.#exited;
    const said = await this.#lastWords();
    throw new KernelError(
      "E_KERNEL_START",
      `The kernel ended before it answered.${said ? ` It said: ${said}` : ""}`,
    );
  }

  #receive(channel: Channel, message: Message): void {
    if (channel === "iopub") {
      this.#heard?.();
      this.#heard = undefined;
      this.onIopub(message);
    } else if (message.header.msg_type === "kernel_info_reply") {
      this.#replied?.(message);
      this.#replied = undefined;
    }
    const parent = message.parent["msg_id" as keyof typeof message.parent] as string | undefined;
    if (parent !== undefined) this.#waiting.get(parent)?.onMessage(channel, message);
  }

  async #answerInput(message: Message, options: ExecuteOptions): Promise<void> {
    const { prompt, password } = message.content;
    const value = (await options.onInput?.(text(prompt), password === true)) ?? "";
    this.#sockets?.send(
      "stdin",
      createMessage(this.#session, "input_reply", { status: "ok", value }, { parent: message.header }),
    );
  }

  async #kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL"); // its cell process and language server end when their pipes close
    await this.#exited;
  }

  #cleanUp(): void {
    this.#sockets?.close();
    this.#sockets = undefined;
    if (this.#folder !== "") rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = "";
  }
}

function outputOf({ header, content, metadata, buffers }: Message): Output {
  return { type: header.msg_type, content, metadata, buffers };
}

function replyOf(content: JsonObject): ExecuteReply {
  const count = content["execution_count"];
  return {
    status: content["status"] as ExecuteReply["status"],
    executionCount: typeof count === "number" ? count : null,
    userExpressions: (content["user_expressions"] ?? {}) as JsonObject,
    ...(typeof content["ename"] === "string"
      ? {
          ename: content["ename"],
          evalue: String(content["evalue"]),
          traceback: (content["traceback"] ?? []) as readonly string[],
        }
      : {}),
  };
}
