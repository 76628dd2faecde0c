import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { type ConnectionInfo, createMessage, type RawMessage, writeConnectionFile } from "gradlab-kernel";
import type { KernelSpec } from "../kernelspecs/index.js";
import { type Channel, type Heard, hear, readJson } from "./heard.js";
import { KernelLink } from "./kernel-link.js";
import { KernelProcess } from "./kernel-process.js";

export type KernelState = "starting" | "idle" | "busy" | "restarting" | "autorestarting" | "dead";

/** Who wants to know what a kernel says. */
export interface KernelListener {
  onMessage(heard: Heard): void;
  /** The process is gone; its variables and running cells with it. */
  onGone?(kernel: ManagedKernel, how: string): void;
  /** It was shut down for good. */
  onEnd?(kernel: ManagedKernel): void;
}

export interface ManagedKernelOptions {
  readonly id: string;
  readonly spec: KernelSpec;
  readonly cwd: string;
  readonly sessionName: string;
  readonly connectionFile: string;
  readonly choosePorts: () => Promise<ConnectionInfo>;
  readonly log: (text: string) => void;
}

/** Unexpected ends in a row before a kernel counts as dead; one that ran for STABLE ms starts a new row. */
const MAX_RESTARTS = 5;
const STABLE = 10_000;
/** ms that a kernel gets to end after shutdown_request. */
const SHUTDOWN = 5000;
/** ms that a restart waits for the kernel to answer. */
const READY = 60_000;
/** What pages ask for again and again by themselves: no sign that somebody works with the kernel. */
export const POLLED = "usage_request";
/** Requests whose busy and idle say nothing of the cell that is running. */
const ASIDE: readonly string[] = ["interrupt_request", "shutdown_request", "debug_request", POLLED];

/** A kernel under one id, through all restarts of its process. */
export class ManagedKernel {
  readonly id: string;
  readonly spec: KernelSpec;
  readonly options: ManagedKernelOptions;
  readonly listeners = new Set<KernelListener>();
  state: KernelState = "starting";
  lastActivity = new Date();
  /** WebSockets that are open. */
  connections = 0;
  /** What it printed last beside its outputs. */
  #said = "";
  #info: ConnectionInfo | undefined;
  #process: KernelProcess | undefined;
  #link: KernelLink | undefined;
  #ready = false;
  #failures = 0;
  /** Counts launches: what belongs to an earlier one is ignored. */
  #run = 0;
  #ending: Promise<void> | undefined;

  constructor(options: ManagedKernelOptions) {
    this.options = options;
    this.id = options.id;
    this.spec = options.spec;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** True while messages reach the kernel and nothing it says is missed. */
  get isReady(): boolean {
    return this.#ready;
  }

  get ports(): readonly number[] {
    const info = this.#info;
    if (info === undefined) return [];
    return [info.shell_port, info.iopub_port, info.stdin_port, info.control_port, info.hb_port];
  }

  /** Resolves when the process runs; it may take a while longer to answer. */
  async start(): Promise<void> {
    this.#info = await this.options.choosePorts();
    await this.#launch();
  }

  async #launch(): Promise<void> {
    const info = this.#info as ConnectionInfo;
    const { spec, cwd, sessionName, connectionFile, log } = this.options;
    const run = (this.#run += 1);
    this.#ready = false;
    this.#said = "";
    writeConnectionFile(connectionFile, info);
    const keep = (text: string): void => {
      this.#said = (this.#said + text).slice(-4000);
      log(text);
    };
    const child = await KernelProcess.start({ spec, connectionFile, cwd, sessionName, log: keep });
    this.#process = child;
    const link = new KernelLink(info, (heard) => this.#receive(run, link, heard));
    this.#link = link;
    void link.ready.then(() => this.#becomeReady(run));
    void child.exited.then((how) => this.#exited(run, child, how));
  }

  #becomeReady(run: number): void {
    if (run !== this.#run) return;
    this.#ready = true;
    if (this.state !== "busy") this.#enter("idle");
  }

  send(channel: Exclude<Channel, "iopub">, raw: RawMessage): void {
    this.#link?.send(channel, raw);
  }

  interrupt(): void {
    if (this.spec.interruptMode === "message") this.#link?.request("control", "interrupt_request");
    else this.#process?.signal("SIGINT");
  }

  /** New process, same id, ports and connection file. Resolves when it answers, or after a minute. */
  async restart(): Promise<void> {
    // Not told to clients: JupyterLab reads such a status as a kernel that died by itself, and says so in a dialog.
    this.state = "restarting";
    this.lastActivity = new Date();
    await this.#stop(true);
    this.#failures = 0;
    if (this.#info === undefined) return;
    await this.#launch();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, READY).unref()));
    await Promise.race([this.#link?.ready, late, this.#process?.exited]);
    clearTimeout(timer);
  }

  /** Ends the kernel and everything it started. */
  async shutdown(): Promise<void> {
    this.#ending ??= this.#stop(false).then(() => {
      this.#enter("dead");
      rmSync(this.options.connectionFile, { force: true });
      for (const listener of this.listeners) listener.onEnd?.(this);
    });
    await this.#ending;
  }

  /** For the end of the server's own process, when nothing can be waited for. */
  killNow(): void {
    this.#process?.signal("SIGKILL");
    rmSync(this.options.connectionFile, { force: true });
  }

  async #stop(restart: boolean): Promise<void> {
    this.#run += 1; // its exit is expected
    const child = this.#process;
    const wasRunning = child?.isRunning === true;
    if (wasRunning) this.#link?.request("control", "shutdown_request", { restart });
    await child?.end(SHUTDOWN);
    this.#link?.close();
    this.#link = undefined;
    this.#process = undefined;
    this.#ready = false;
    if (wasRunning) this.#tellGone(restart ? "it was restarted" : "it was shut down");
  }

  #exited(run: number, child: KernelProcess, how: string): void {
    if (run !== this.#run) return;
    child.signal("SIGKILL"); // what it started
    this.#link?.close();
    this.#link = undefined;
    this.#ready = false;
    const wasReady = this.state === "idle" || this.state === "busy";
    this.#tellGone(how);
    this.#failures = Date.now() - child.startedAt > STABLE ? 1 : this.#failures + 1;
    this.options.log(`The kernel ${this.id} ended (${how}).\n`);
    if (this.#failures > MAX_RESTARTS) {
      this.#enter("dead");
      return;
    }
    this.#enter("autorestarting");
    void this.#relaunch(wasReady);
  }

  /** A process that ended before it answered may have found its ports taken: it gets others. */
  async #relaunch(samePorts: boolean): Promise<void> {
    const run = this.#run;
    try {
      if (!samePorts) this.#info = await this.options.choosePorts();
      if (run === this.#run) await this.#launch();
    } catch (error) {
      this.options.log(`${(error as Error).message}\n`);
      this.#enter("dead");
    }
  }

  #tellGone(how: string): void {
    for (const listener of this.listeners)
      listener.onGone?.(this, this.#said === "" ? how : `${how}\n${this.#said}`);
  }

  #receive(run: number, link: KernelLink, heard: Heard): void {
    if (run !== this.#run) return;
    if (!link.isOwn(heard) && heard.parentType !== POLLED) this.lastActivity = new Date();
    if (heard.channel === "iopub" && heard.type === "status") this.#follow(link, heard);
    if (link.isOwn(heard)) return;
    for (const listener of this.listeners) listener.onMessage(heard);
  }

  #follow(link: KernelLink, heard: Heard): void {
    const state = readJson(heard.raw.parts[3])?.["execution_state"];
    if ((state !== "idle" && state !== "busy") || ASIDE.includes(heard.parentType) || link.isOwn(heard))
      return;
    this.state = state;
  }

  /** Changes the state and tells clients so, as a kernel's own status message would. */
  #enter(state: KernelState): void {
    this.state = state;
    this.lastActivity = new Date();
    const message = createMessage(randomUUID(), "status", { execution_state: state });
    const part = (value: object): Buffer => Buffer.from(JSON.stringify(value));
    const raw: RawMessage = {
      identities: [],
      parts: [part(message.header), part({}), part({}), part(message.content)],
      buffers: [],
    };
    const heard = hear("iopub", raw);
    if (heard === undefined) return;
    for (const listener of this.listeners) listener.onMessage(heard);
  }
}
