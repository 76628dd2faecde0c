import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Duplex, Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  encodeRecord,
  FD,
  type Order,
  RecordReader,
  Rendezvous,
  type Report,
  type WatchOrder,
  type WatchReport,
} from "../link/index.js";
import { collectLater } from "../memory/index.js";
import { CrashNotes } from "./crash.js";
import { Parcels } from "./parcels.js";
import { RawOutput } from "./raw-output.js";
import { readNow } from "./read-now.js";
import { Spool } from "./spool.js";

export interface ChildOptions {
  /** The notebook's folder. */
  readonly cwd: string;
  /** MB for JavaScript's heap; by default Node's own choice. */
  readonly memoryLimit?: number;
}

export interface ChildEvents {
  readonly report: (report: Report, buffers: readonly Buffer[]) => void;
  readonly watched: (record: WatchReport) => void;
  /** The run that bytes on stdout and stderr, which name none, are counted to. */
  readonly latest: () => number;
  /** It is gone and everything that it wrote was delivered. */
  readonly ended: (code: number | null, signal: NodeJS.Signals | null, notes: string) => void;
}

/** ms after an announcement of printed lines until more of them are looked for: the cell process announces every 10. */
const LOOK = 15;
/** Reports after which nothing of their run is to come: what was written to stdout and stderr goes before them. */
const ENDS: ReadonlySet<Report["kind"]> = new Set<Report["kind"]>(["done", "handled"]);

const MAIN = fileURLToPath(new URL("../cell/main.js", import.meta.url));

/** One process of the system that runs cells, and the pipes to it. */
export class CellChild {
  readonly #child: ChildProcess;
  readonly #events: ChildEvents;
  readonly #notes = new CrashNotes();
  readonly #spool = new Spool();
  readonly #parcels = new Parcels();
  /** The run and stream that what is written to the spool belongs to. */
  #spooling: Omit<Extract<Report, { kind: "spooled" }>, "end"> | undefined;
  #look: NodeJS.Timeout | undefined;

  constructor(options: ChildOptions, events: ChildEvents) {
    const token = randomBytes(12).toString("hex");
    const flags = ["--no-warnings=ExperimentalWarning"];
    if (options.memoryLimit !== undefined) flags.push(`--max-old-space-size=${options.memoryLimit}`);
    const child = spawn(process.execPath, [...flags, MAIN], {
      cwd: options.cwd,
      stdio: [
        "ignore",
        ...(["pipe", "pipe", "pipe", "pipe", "pipe"] as const),
        this.#spool.fd ?? "ignore",
        this.#parcels.fd ?? "ignore",
      ],
      env: { ...process.env, GRADLAB_CELL_TOKEN: token },
      // a group of its own: Ctrl-C in the terminal is for the kernel, which decides
      detached: true,
    });
    this.#child = child;
    this.#events = events;
    for (const stream of child.stdio) stream?.on("error", () => {});
    this.#listen(token);
    child.once("error", (error) => events.ended(null, null, error.message));
    // "close", not "exit": what the process wrote before it died is still delivered
    child.once("close", (code, signal) => {
      this.#spool.close();
      this.#parcels.close();
      events.ended(code, signal, this.#notes.take());
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  order(order: Order, buffers: readonly Buffer[] = []): void {
    const { position: spooled } = this.#spool;
    const record = order.kind === "run" ? { ...order, spooled } : order;
    (this.#pipe(FD.orders) as Writable).write(encodeRecord(record, buffers));
  }

  watch(order: WatchOrder): void {
    (this.#pipe(FD.watch) as Duplex).write(encodeRecord(order));
  }

  /** Signals the process and everything it started. */
  kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // already gone
    }
  }

  /** Ends the process and everything it started. */
  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.kill("SIGKILL");
    await gone;
  }

  #listen(token: string): void {
    const meeting = new Rendezvous<{ report: Report; buffers: readonly Buffer[] }>(3, (item) =>
      this.#events.report(item.report, item.buffers),
    );
    const drains = (["stdout", "stderr"] as const).map((name, i) =>
      this.#listenRaw(name, i + 1, token, meeting),
    );
    const reader = new RecordReader<Report>();
    const reports = this.#pipe(FD.reports) as Readable;
    const printed = (end: number): void => {
      const text = this.#spool.readTo(end);
      if (text !== "" && this.#spooling)
        meeting.item(0, { report: { ...this.#spooling, kind: "stream", text }, buffers: [] });
    };
    const take = (chunk: Buffer): void => {
      for (const { record, buffers } of reader.push(chunk)) {
        if (ENDS.has(record.kind)) for (const drain of drains) drain();
        if (record.kind === "barrier") meeting.barrier(0, record.serial);
        else if (record.kind === "respooled") this.#spool.restart();
        else if (record.kind === "spooled") {
          this.#spooling = record;
          printed(record.end);
          this.#lookLater(reports, take, printed);
        } else meeting.item(0, { report: record, buffers: this.#unpack(record) ?? buffers });
      }
    };
    reports.on("data", take);
    reports.on("close", () => {
      clearTimeout(this.#look);
      printed(this.#spool.size);
      meeting.end(0);
    });
    const watch = new RecordReader<WatchReport>();
    (this.#pipe(FD.watch) as Duplex).on("data", (chunk: Buffer) => {
      for (const { record } of watch.push(chunk)) this.#events.watched(record);
    });
  }

  /** What came apart from its record. */
  #unpack(record: Report): Buffer[] | undefined {
    if (record.kind !== "display" || record.parcel === undefined) return undefined;
    const content = this.#parcels.read(record.parcel);
    this.order({ kind: "taken", parcel: record.parcel });
    collectLater(content.length);
    return [content];
  }

  /**
   * Looks whether more was written to the spool than was announced: who computes after printing announces nothing. What is
   * there belongs to the run announced last, unless a report says otherwise, which then was written before it.
   */
  #lookLater(reports: Readable, take: (chunk: Buffer) => void, printed: (end: number) => void): void {
    clearTimeout(this.#look);
    this.#look = setTimeout(() => {
      const { size } = this.#spool;
      let quiet = true;
      readNow(reports, (chunk) => {
        quiet = false;
        take(chunk);
      });
      if (!quiet || size <= this.#spool.position) return;
      printed(size);
      this.#lookLater(reports, take, printed);
    }, LOOK).unref();
  }

  /** Bytes that child processes and native code write to a standard stream; returns how to read all that is there. */
  #listenRaw(
    name: "stdout" | "stderr",
    lane: number,
    token: string,
    meeting: Rendezvous<{ report: Report; buffers: readonly Buffer[] }>,
  ): () => void {
    const raw = new RawOutput(token);
    const output = this.#child[name] as Readable;
    const show = (text: string): void => {
      if (text === "") return;
      const report = { kind: "stream", run: this.#events.latest(), name, text } as const;
      meeting.item(lane, { report, buffers: [] });
    };
    const text = (text: string): void => show(name === "stderr" ? this.#notes.filter(text) : text);
    const barrier = (serial: number): void => {
      if (name === "stderr") show(this.#notes.take());
      meeting.barrier(lane, serial);
    };
    const take = (chunk: Buffer): void => raw.push(chunk, text, barrier);
    output.on("data", take);
    output.on("close", () => meeting.end(lane));
    return () => {
      if (readNow(output, take)) raw.flush(text);
      if (name === "stderr") show(this.#notes.take());
    };
  }

  /** Node types only five of the pipes; there are as many as `stdio` asked for. */
  #pipe(fd: number): unknown {
    return (this.#child.stdio as readonly unknown[])[fd];
  }
}
