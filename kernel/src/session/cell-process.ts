import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  encodeRecord,
  type ErrorReport,
  type ExpressionResult,
  FD,
  type InspectorReport,
  type Order,
  RecordReader,
  Rendezvous,
  type Report,
  type WatchOrder,
  type WatchReport,
} from "../link/index.js";
import { RawOutput } from "./raw-output.js";

/** How a run ended. */
export interface Outcome {
  readonly error?: ErrorReport;
  readonly expressions: Readonly<Record<string, ExpressionResult>>;
  /** The cell process had to be replaced: all variables are gone. */
  readonly lost?: boolean;
}

export interface CellEvents {
  /** Output of a run, in program order. */
  readonly output: (report: Report, buffers: readonly Buffer[]) => void;
  /** The process was replaced outside any run. */
  readonly lost: (why: string) => void;
  /** What the inspector of the process says; "gone" when a new process has taken its place. */
  readonly inspector: (report: InspectorReport | "gone") => void;
}

type RunOrder = Extract<Order, { kind: "run" }>;

/** ms for a cell to stop by itself, between two requests to, and then for native code to return before the process is replaced. */
const GRACE = { ask: 60, again: 100, native: 4000 } as const;

const MAIN = fileURLToPath(new URL("../cell/main.js", import.meta.url));

/** The process that runs cells; replaced when it dies. */
export class CellProcess {
  readonly #cwd: string;
  readonly #events: CellEvents;
  #child!: ChildProcess;
  readonly #running = new Map<number, (outcome: Outcome) => void>();
  readonly #handling = new Map<number, () => void>();
  #ticket = 0;
  #answered = 0;
  /** The run that bytes on stdout and stderr, which name none, are counted to. */
  #latest = 0;
  #closing = false;
  #verdict: string | undefined;

  constructor(cwd: string, events: CellEvents) {
    this.#cwd = cwd;
    this.#events = events;
    this.#start();
  }

  /** Process id of the cell process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Runs a cell, beside those that run already; resolves when everything it printed was delivered. */
  run(order: RunOrder): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#running.set(order.run, resolve);
      this.#latest = order.run;
      this.#order(order);
    });
  }

  /** Hands over a comm message; resolves when its handlers have returned. */
  comm(order: Extract<Order, { kind: "comm" }>, buffers: readonly Buffer[]): Promise<void> {
    return new Promise((resolve) => {
      this.#handling.set(order.run, resolve);
      this.#order(order, buffers);
    });
  }

  /** Hands over what the user typed; null for end of input. */
  input(value: string | null): void {
    this.#watch({ kind: "input", value });
  }

  /** Asks the inspector of the process; it answers, whatever the main thread does, by `events.inspector`. */
  inspect(id: number, method: string, params: object): void {
    this.#watch({ kind: "inspect", id, method, params });
  }

  /** Stops what runs, by asking, then by force; replaces the process when native code does not return. */
  interrupt(): void {
    this.#ticket += 1;
    const ticket = this.#ticket;
    const child = this.#child;
    const runs = [...this.#running.keys()];
    const ask = (): void => this.#order({ kind: "cancel", runs, ticket });
    ask();
    const again = setInterval(() => {
      if (this.#answered >= ticket || child !== this.#child || this.#closing) clearInterval(again);
      else ask();
    }, GRACE.again);
    this.#watch({ kind: "interrupt", ticket, grace: GRACE.ask });
  }

  /** Ends the process and everything it started. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#abandonComms();
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    this.#kill("SIGKILL");
    await gone;
  }

  /** Replaces the process by a new one without variables. */
  async restart(): Promise<void> {
    await this.close();
    this.#closing = false;
    this.#lose("The kernel was restarted.");
    this.#start();
    this.#events.inspector("gone");
  }

  #start(): void {
    const token = randomBytes(12).toString("hex");
    const child = spawn(process.execPath, ["--no-warnings=ExperimentalWarning", MAIN], {
      cwd: this.#cwd,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
      env: { ...process.env, GRADLAB_CELL_TOKEN: token },
      // a group of its own: Ctrl-C in the terminal is for the kernel, which decides
      detached: true,
    });
    this.#child = child;
    this.#answered = this.#ticket;
    for (const stream of child.stdio) stream?.on("error", () => {});
    this.#listen(child, token);
    child.once("error", (error) => this.#ended(child, error.message));
    // "close", not "exit": what the process wrote before it died is still delivered
    child.once("close", (code, signal) =>
      this.#ended(child, signal ? `signal ${signal}` : `exit code ${code}`),
    );
  }

  #listen(child: ChildProcess, token: string): void {
    const meeting = new Rendezvous<{ report: Report; buffers: readonly Buffer[] }>(3, (item) => {
      if (child === this.#child) this.#deliver(item.report, item.buffers);
    });
    const reader = new RecordReader<Report>();
    const reports = pipe(child, FD.reports) as Readable;
    reports.on("data", (chunk: Buffer) => {
      for (const { record, buffers } of reader.push(chunk)) {
        if (record.kind === "barrier") meeting.barrier(0, record.serial);
        else meeting.item(0, { report: record, buffers });
      }
    });
    reports.on("close", () => meeting.end(0));
    (["stdout", "stderr"] as const).forEach((name, i) => {
      const raw = new RawOutput(token);
      const output = child[name] as Readable;
      const text = (text: string): void =>
        meeting.item(i + 1, { report: { kind: "stream", run: this.#latest, name, text }, buffers: [] });
      output.on("data", (chunk: Buffer) => raw.push(chunk, text, (serial) => meeting.barrier(i + 1, serial)));
      output.on("close", () => meeting.end(i + 1));
    });
    const watch = new RecordReader<WatchReport>();
    (pipe(child, FD.watch) as Duplex).on("data", (chunk: Buffer) => {
      if (child !== this.#child) return;
      for (const { record } of watch.push(chunk)) this.#watched(record);
    });
  }

  #deliver(report: Report, buffers: readonly Buffer[]): void {
    if (report.kind === "done") {
      const { run, expressions, error } = report;
      this.#settle(run, { expressions, ...(error ? { error } : {}) });
    } else if (report.kind === "handled") {
      this.#handling.get(report.run)?.();
      this.#handling.delete(report.run);
    } else if (report.kind === "answered") {
      this.#answered = Math.max(this.#answered, report.ticket);
    } else if (report.kind !== "ready" && report.kind !== "barrier") {
      this.#events.output(report, buffers);
    }
  }

  /** Native code holds the main thread: interrupt the programs it waits for, then give up on it. */
  #watched(record: WatchReport): void {
    if (record.kind === "inspected" || record.kind === "notified") this.#events.inspector(record);
    if (record.kind !== "stuck" || record.ticket !== this.#ticket) return;
    this.#kill("SIGINT");
    const child = this.#child;
    const timer = setTimeout(() => {
      if (child !== this.#child || this.#answered >= record.ticket || this.#closing) return;
      this.#verdict =
        "The cell was in native code that cannot be interrupted, so its process was replaced: all variables are gone.";
      this.#kill("SIGKILL");
    }, GRACE.native);
    timer.unref();
  }

  #ended(child: ChildProcess, how: string): void {
    if (child !== this.#child || this.#closing) return;
    const why =
      this.#verdict ?? `The process that runs cells ended (${how}) and was replaced: all variables are gone.`;
    this.#verdict = undefined;
    this.#abandonComms();
    const wasRunning = this.#running.size > 0;
    this.#start();
    this.#events.inspector("gone");
    if (wasRunning) this.#lose(why);
    else this.#events.lost(why);
  }

  /** The comms ended with the process. */
  #abandonComms(): void {
    for (const resolve of this.#handling.values()) resolve();
    this.#handling.clear();
  }

  /** Ends every run as lost. */
  #lose(why: string): void {
    const error = lostReport(why);
    for (const run of this.#running.keys()) this.#settle(run, { expressions: {}, lost: true, error });
  }

  #settle(run: number, outcome: Outcome): void {
    const resolve = this.#running.get(run);
    this.#running.delete(run);
    if (this.#latest === run) this.#latest = [...this.#running.keys()].at(-1) ?? run;
    resolve?.(outcome);
  }

  #order(order: Order, buffers: readonly Buffer[] = []): void {
    (pipe(this.#child, FD.orders) as Writable).write(encodeRecord(order, buffers));
  }

  #watch(order: WatchOrder): void {
    (pipe(this.#child, FD.watch) as Duplex).write(encodeRecord(order));
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // already gone
    }
  }
}

/** Node types only five of the pipes; there are as many as `stdio` asked for. */
function pipe(child: ChildProcess, fd: number): unknown {
  return (child.stdio as readonly unknown[])[fd];
}

function lostReport(why: string): ErrorReport {
  return { ename: "KernelStateLost", evalue: why, traceback: [`KernelStateLost: ${why}`] };
}
