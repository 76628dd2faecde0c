import { type Comm, comms, type CommMessage } from "./comms.js";
import { currentRun } from "./context.js";
import { PointHistory } from "./point-history.js";

/** The comm target by which front ends follow jobs; docs/lab-jobs.md is its specification. */
const TARGET = "gradlab.jobs";
const VERSION = 1;
/** ms between two messages about progress: five a second. */
const GAP = 200;
/** Jobs that are remembered; of more, those that ended first are forgotten. */
const REMEMBERED = 32;
/** Open comms that are served: a page that went away does not say so. */
const LISTENERS = 8;

type JobStatus = "running" | "pausing" | "paused" | "done" | "failed" | "cancelled";

/** What a library lets a front end do with a job. */
interface AnnouncedJob {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  pause(): void;
  resume(): void;
  cancel(reason: string): void;
}

interface JobFailure {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

/** How a library tells what becomes of its job. */
interface JobAudience {
  progress(values: JobValues): void;
  status(status: JobStatus, pausable: boolean, error?: JobFailure): void;
}

type JobValues = Readonly<Record<string, unknown>>;

/** What is known of a job; all of it but `job` and the lines goes to front ends as it is. */
interface Entry {
  /** Until it ends: what it holds may be collected then. */
  job: AnnouncedJob | undefined;
  readonly loss: PointHistory;
  readonly evalLoss: PointHistory;
  readonly shown: {
    readonly id: string;
    readonly kind: string;
    readonly name: string;
    readonly cell: string;
    /** ms since 1970. */
    readonly started: number;
    ended?: number;
    status: JobStatus;
    pausable: boolean;
    error?: JobFailure;
    values: JobValues;
  };
}

const entries = new Map<string, Entry>();
const listeners = new Map<string, Comm>();
const changed = new Set<Entry>();
let serial = 0;
let last = -Infinity;
let timer: NodeJS.Timeout | undefined;

/** What libraries find as `jobs` of the kernel's contract. */
export const jobs = {
  announce(job: AnnouncedJob): JobAudience {
    const { id, kind, name } = job;
    const entry: Entry = {
      job,
      loss: new PointHistory(),
      evalLoss: new PointHistory(),
      shown: {
        id,
        kind,
        name,
        cell: currentRun()?.name ?? "",
        started: Date.now(),
        status: "running",
        pausable: false,
        values: {},
      },
    };
    entries.set(id, entry);
    forget();
    tell(entry, true);
    return {
      progress: (values) => progress(entry, values),
      status: (status, pausable, error) => turn(entry, status, pausable, error),
    };
  },
};

comms.registerTarget(TARGET, (comm) => {
  listeners.delete(comm.id);
  listeners.set(comm.id, comm);
  const [oldest] = listeners.values();
  if (listeners.size > LISTENERS && oldest !== undefined) {
    listeners.delete(oldest.id);
    oldest.close();
  }
  comm.onMessage = obey;
  comm.onClose = () => void listeners.delete(comm.id);
  sendState();
});

function progress(entry: Entry, values: JobValues): void {
  entry.shown.values = { ...entry.shown.values, ...values };
  const { step, loss, evalLoss } = values;
  if (typeof step === "number" && typeof loss === "number") entry.loss.add(step, loss);
  if (typeof step === "number" && typeof evalLoss === "number") entry.evalLoss.add(step, evalLoss);
  tell(entry, false);
}

function turn(entry: Entry, status: JobStatus, pausable: boolean, error?: JobFailure): void {
  Object.assign(entry.shown, { status, pausable, ...(error === undefined ? {} : { error }) });
  if (["done", "failed", "cancelled"].includes(status)) {
    entry.shown.ended = Date.now();
    entry.job = undefined;
  }
  tell(entry, true);
}

/** What a front end asks for. What it does not know does nothing: the job may have just ended. */
function obey({ data }: CommMessage): void {
  const job = entries.get(String(data["id"]))?.job;
  switch (data["method"]) {
    case "state":
      return sendState();
    case "pause":
      return job?.pause();
    case "resume":
      return job?.resume();
    case "stop":
      return job?.cancel("Stop was pressed in the training panel");
  }
}

/** Makes front ends learn of a change: now, or with the next of five messages a second. */
function tell(entry: Entry, now: boolean): void {
  if (listeners.size === 0) return;
  changed.add(entry);
  if (now) return sendChanges();
  const wait = last + GAP - performance.now();
  if (wait <= 0) sendChanges();
  else timer ??= setTimeout(sendChanges, wait).unref();
}

function sendChanges(): void {
  clearTimeout(timer);
  timer = undefined;
  last = performance.now();
  const told = [...changed].map((entry) => describe(entry, (line) => line.take()));
  changed.clear();
  send({ method: "update", jobs: told });
}

/** Every page gets it, also those that have it. */
function sendState(): void {
  changed.clear();
  const all = [...entries.values()].map((entry) =>
    describe(entry, (line) => {
      line.take();
      return { whole: true, points: line.points };
    }),
  );
  send({ method: "state", version: VERSION, jobs: all });
}

function describe(
  { shown, loss, evalLoss }: Entry,
  read: (line: PointHistory) => ReturnType<PointHistory["take"]>,
): Record<string, unknown> {
  if (shown.ended === undefined) {
    shown.values = { ...shown.values, memory: process.memoryUsage.rss() };
  }
  return { ...shown, loss: read(loss), evalLoss: read(evalLoss) };
}

function send(data: Record<string, unknown>): void {
  serial += 1;
  for (const comm of listeners.values()) {
    if (comm.isOpen) comm.send({ ...data, serial });
    else listeners.delete(comm.id);
  }
}

function forget(): void {
  if (entries.size <= REMEMBERED) return;
  const ended = [...entries.values()].find(({ job }) => job === undefined);
  if (ended !== undefined) entries.delete(ended.shown.id);
}
