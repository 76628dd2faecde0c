import type {
  DeviceInfo,
  ErrorReport,
  ExpressionResult,
  InspectorReport,
  Order,
  Report,
  WatchReport,
} from "../link/index.js";
import { CellChild, type ChildOptions } from "./cell-child.js";
import { explainDeath, explainOverrun, explainStop } from "./crash.js";
import { MemoryWatch } from "./memory-watch.js";

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

/** ms between two requests to stop, for a cell to stop by itself, and for native code to return before the process is replaced. */
const GRACE = { ask: 60, again: 100, native: 10_000 } as const;

/** The process that runs cells; replaced when it dies. */
export class CellProcess {
  readonly #options: ChildOptions;
  readonly #events: CellEvents;
  readonly #memory: MemoryWatch | undefined;
  #child!: CellChild;
  readonly #running = new Map<number, (outcome: Outcome) => void>();
  readonly #handling = new Map<number, () => void>();
  #ticket = 0;
  #answered = 0;
  #latest = 0;
  /** How many cells the process has run. */
  #cells = 0;
  #closing = false;
  /** Why the process is being ended, when the kernel does it. */
  #verdict: string | undefined;
  #device: DeviceInfo | undefined;
  /** Set while an interrupt is on its way because of the memory limit. */
  #overLimit = false;

  constructor(options: ChildOptions, events: CellEvents) {
    this.#options = options;
    this.#events = events;
    const limit = options.memoryLimit;
    if (limit !== undefined) {
      this.#memory = new MemoryWatch(limit, {
        over: () => {
          this.#overLimit = true;
          this.interrupt();
        },
        farOver: () => this.#giveUp(explainOverrun(limit, this.#cells)),
      });
    }
    this.#start();
  }

  /** Where the libraries of the present process compute, once one has said so. */
  get device(): DeviceInfo | undefined {
    return this.#device;
  }

  /** Process id of the cell process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Runs a cell, beside those that run already; resolves when everything it printed was delivered. */
  run(order: RunOrder): Promise<Outcome> {
    return new Promise((resolve) => {
      if (this.#running.size === 0) this.#memory?.start(this.#child.pid ?? 0);
      this.#running.set(order.run, resolve);
      this.#latest = order.run;
      this.#cells += 1;
      this.#child.order(order);
    });
  }

  /** Hands over a comm message; resolves when its handlers have returned. */
  comm(order: Extract<Order, { kind: "comm" }>, buffers: readonly Buffer[]): Promise<void> {
    return new Promise((resolve) => {
      // first: what is nested too deeply to be written throws here
      this.#child.order(order, buffers);
      this.#handling.set(order.run, resolve);
    });
  }

  /** Hands over what the user typed; null for end of input. */
  input(value: string | null): void {
    this.#child.watch({ kind: "input", value });
  }

  /** Asks the inspector of the process; it answers, whatever the main thread does, by `events.inspector`. */
  inspect(id: number, method: string, params: object): void {
    this.#child.watch({ kind: "inspect", id, method, params });
  }

  /** Stops what runs, by asking, then by force; replaces the process when native code does not return. */
  interrupt(): void {
    this.#ticket += 1;
    const ticket = this.#ticket;
    const child = this.#child;
    const runs = [...this.#running.keys()];
    const ask = (): void => child.order({ kind: "cancel", runs, ticket });
    ask();
    const again = setInterval(() => {
      if (this.#answered >= ticket || child !== this.#child || this.#closing) clearInterval(again);
      else ask();
    }, GRACE.again);
    child.watch({ kind: "interrupt", ticket, grace: GRACE.ask });
  }

  /** Ends the process and everything it started. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#memory?.stop();
    this.#abandonComms();
    await this.#child.close();
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
    this.#cells = 0;
    this.#device = undefined;
    this.#answered = this.#ticket;
    this.#overLimit = false;
    // events of a process that was replaced no longer count
    const ours = (): boolean => child === this.#child;
    const child: CellChild = new CellChild(this.#options, {
      report: (report, buffers) => void (ours() && this.#deliver(report, buffers)),
      watched: (record) => void (ours() && this.#watched(record)),
      latest: () => this.#latest,
      ended: (code, signal, notes) => {
        if (!ours() || this.#closing) return;
        const { memoryLimit: limit } = this.#options;
        const death = { code, signal, notes, cells: this.#cells, ...(limit === undefined ? {} : { limit }) };
        this.#replace(this.#verdict ?? explainDeath(death));
      },
    });
    this.#child = child;
  }

  #deliver(report: Report, buffers: readonly Buffer[]): void {
    if (report.kind === "done") {
      const { run, expressions } = report;
      const error = this.#overLimit ? this.#stoppedAtLimit(report.error) : report.error;
      this.#settle(run, { expressions, ...(error ? { error } : {}) });
    } else if (report.kind === "handled") {
      this.#handling.get(report.run)?.();
      this.#handling.delete(report.run);
    } else if (report.kind === "answered") {
      this.#answered = Math.max(this.#answered, report.ticket);
    } else if (report.kind === "device") {
      this.#device = report.device;
    } else if (report.kind !== "ready" && report.kind !== "barrier") {
      this.#events.output(report, buffers);
    }
  }

  /** What the interrupted cell is told when it was the memory limit that interrupted it. */
  #stoppedAtLimit(error: ErrorReport | undefined): ErrorReport | undefined {
    if (error?.ename !== "Interrupted") return error;
    const evalue = explainStop(this.#options.memoryLimit ?? 0);
    return {
      ename: "MemoryLimit",
      evalue,
      traceback: [`MemoryLimit: ${evalue}`, ...error.traceback.slice(1)],
    };
  }

  /** Native code holds the main thread: interrupt the programs it waits for, then give up on it. */
  #watched(record: WatchReport): void {
    if (record.kind === "inspected" || record.kind === "notified") this.#events.inspector(record);
    if (record.kind !== "stuck" || record.ticket !== this.#ticket) return;
    const child = this.#child;
    child.kill("SIGINT");
    const timer = setTimeout(() => {
      if (child !== this.#child || this.#answered >= record.ticket || this.#closing) return;
      this.#giveUp(
        "The cell was in native code that cannot be interrupted, so its process was replaced: all variables are gone.",
      );
    }, GRACE.native);
    timer.unref();
  }

  #giveUp(verdict: string): void {
    this.#memory?.stop();
    this.#verdict = verdict;
    this.#child.kill("SIGKILL");
  }

  #replace(why: string): void {
    this.#verdict = undefined;
    this.#memory?.stop();
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
    const error = { ename: "KernelStateLost", evalue: why, traceback: [`KernelStateLost: ${why}`] };
    for (const run of this.#running.keys()) this.#settle(run, { expressions: {}, lost: true, error });
  }

  #settle(run: number, outcome: Outcome): void {
    const resolve = this.#running.get(run);
    this.#running.delete(run);
    if (this.#latest === run) this.#latest = [...this.#running.keys()].at(-1) ?? run;
    if (this.#running.size === 0) {
      this.#memory?.stop();
      this.#overLimit = false;
    }
    resolve?.(outcome);
  }
}
