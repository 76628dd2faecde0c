/** The cell process: runs cells on its main thread and knows nothing of the Jupyter protocol. */
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { FD, type Order, RecordReader } from "../link/index.js";
import { clearAsyncStack } from "./async-stack.js";
import { abandonComms, handleComm } from "./comms.js";
import { installDebugHelper } from "./debug-helper.js";
import { createInputText } from "./input-text.js";
import { installGlobals } from "./globals.js";
import { parcels } from "./parcels.js";
import { keepProcess } from "./process-exit.js";
import { leaveProcess, report } from "./reports.js";
import { cancelRuns, runCell } from "./run.js";
import { installStackTraces } from "./stack.js";
import { captureStreams } from "./streams.js";
import { orderSubprocesses } from "./subprocess.js";
import { followMicrotasks, showUncaught, takeUncaught } from "./uncaught.js";

const shared = new SharedArrayBuffer(16);
const text = createInputText();
const flags = new Int32Array(shared);

function handle(order: Order, buffers: readonly Buffer[]): void {
  switch (order.kind) {
    case "run":
      return runCell(order);
    case "taken":
      return parcels.taken(order.parcel);
    case "cancel":
      return cancel(order.runs, order.ticket);
    case "comm":
      return handleComm(order, buffers);
  }
}

/** The kernel process repeats a cancel until it is answered: termination may swallow it. */
function cancel(runs: readonly number[], ticket: number): void {
  const handled = Atomics.exchange(flags, 0, ticket);
  if (handled < ticket) {
    cancelRuns(runs);
    abandonComms();
  }
  report({ kind: "answered", ticket });
}

function listen(): void {
  const reader = new RecordReader<Order>();
  const waiting: { record: Order; buffers: readonly Buffer[] }[] = [];
  // a cancel goes before the runs that came ahead of it while the thread was busy: they are not to begin
  const take = (): void => {
    const cancel = waiting.findIndex(({ record }) => record.kind === "cancel");
    const [next] = waiting.splice(Math.max(0, cancel), 1);
    if (next !== undefined) handle(next.record, next.buffers);
  };
  const socket = new Socket({ fd: FD.orders, readable: true, writable: false });
  socket.on("data", (chunk) => {
    for (const order of reader.push(chunk)) {
      waiting.push(order);
      // not from here: a cell that is terminated would take the reading of orders with it
      setImmediate(take);
    }
  });
  socket.on("end", () => leaveProcess());
  socket.on("error", () => leaveProcess());
}

function survive(): void {
  process.on("SIGINT", () => {});
  process.on("uncaughtException", takeUncaught);
  followMicrotasks();
  process.on("unhandledRejection", showUncaught);
}

(globalThis as unknown as Record<symbol, unknown>)[Symbol.for("gradlab.kernel.clearAsyncStack")] =
  clearAsyncStack;
installDebugHelper();
installStackTraces();
captureStreams();
orderSubprocesses();
survive();
keepProcess();
installGlobals({ flags, text, require: createRequire(pathToFileURL(join(process.cwd(), "notebook.js"))) });
listen();
const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), { workerData: { shared, text } });
watchdog.unref();
report({ kind: "ready", pid: process.pid });
