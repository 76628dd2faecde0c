import { type Debugger, type InspectorNotification, Session } from "node:inspector";
import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { encodeRecord, FD, RecordReader, type WatchOrder, type WatchReport } from "../link/index.js";
import type { StoppedFrame } from "./async-stack.js";
import type { InputText } from "./input-text.js";
import { Inspection } from "./inspection.js";

/**
 * A thread of the cell process that stays awake while the main thread runs a cell. It stops the main
 * thread through the inspector, hands over what the user types, and ends the process with its kernel.
 */
const { shared, text } = workerData as { shared: SharedArrayBuffer; text: InputText };
/** [0] last interrupt that the main thread answered, [1] input state, [2] length of the input. */
const flags = new Int32Array(shared);
const socket = new Socket({ fd: FD.watch, readable: true, writable: true });
/** Where the kernel's own code of this process lies. */
const OWN = new URL(".", import.meta.url).href;
const reader = new RecordReader<WatchOrder>();
const tell = (report: WatchReport): void => void socket.write(encodeRecord(report));
const inspection = new Inspection(tell);

socket.on("data", (chunk) => {
  for (const { record } of reader.push(chunk)) {
    if (record.kind === "inspect") inspection.request(record);
    else if (record.kind === "input") answer(record.value);
    else void inspection.aside(() => interrupt(record.ticket, record.grace));
  }
});
/** The process leads its group: what it started ends with it. */
const leave = (): void => void process.kill(-process.pid, "SIGKILL");
socket.on("end", leave);
socket.on("error", leave);
tell({ kind: "watching" });

function answer(value: string | null): void {
  const bytes = Buffer.from(value ?? "", "utf8").subarray(0, text.maxByteLength);
  if (bytes.length > text.byteLength) text.grow(bytes.length);
  new Uint8Array(text).set(bytes);
  Atomics.store(flags, 2, value === null ? -1 : bytes.length);
  Atomics.store(flags, 1, 1);
  Atomics.notify(flags, 1);
}

const answered = (ticket: number): boolean => Atomics.load(flags, 0) >= ticket;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Gives the main thread `grace` ms to answer by itself, then stops what it runs; again, until it answers:
 * what is stopped may go on in its next callback.
 */
async function interrupt(ticket: number, grace: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let waited = 0; waited < grace && !answered(ticket); waited += 5) await sleep(5);
    if (answered(ticket)) return;
    const session = new Session();
    session.connectToMainThread();
    const stopped = await stop(session, ticket);
    session.disconnect();
    if (stopped === true) tell({ kind: "stopped", ticket });
    if (stopped === undefined) break;
  }
  if (!answered(ticket)) tell({ kind: "stuck", ticket });
}

/** How often the main thread is stopped before it counts as stuck. */
const ROUNDS = 20;

/** How long the inspector may take, in ms, before the main thread counts as stuck in native code. */
const REACH = 1500;
/** How long, in ms, a pause in the user's code is sought before one in Node's own is taken. */
const SEEK = 1000;
/** How often, in ms, the pause is asked for. */
const AGAIN = 5;
/** How long, in ms, a step out of Node's code may take before a pause is asked for again. */
const STEP = 60;

type Paused = InspectorNotification<Debugger.PausedEventDataType>;

/**
 * Pauses the main thread, clears Node's async stack and resumes it with termination. True when that
 * was done, false when the thread answered by itself meanwhile, undefined when it cannot be reached.
 *
 * V8 goes on to the next stack check before it terminates. Inside Node's async hooks that would push
 * onto the stack that was just cleared, and inside the kernel's own writing it would cut a record in two: so the
 * pause must be in code of the user's.
 */
async function stop(session: Session, ticket: number): Promise<boolean | undefined> {
  const urls = new Map<string, string>();
  const started = performance.now();
  let stepping = 0;
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  const done = new Promise<boolean>((resolve) => {
    session.on("Debugger.paused", ({ params }: Paused) => {
      const frames = params.callFrames.slice(0, 50).map(({ location }) => ({
        url: urls.get(location.scriptId) ?? "",
        line: location.lineNumber + 1,
        column: (location.columnNumber ?? 0) + 1,
      }));
      const top = params.callFrames[0];
      if (answered(ticket) || top === undefined) {
        session.post("Debugger.resume", () => resolve(false));
      } else if (!isUsers(frames[0]) && (performance.now() - started < SEEK || inHooks(frames))) {
        stepping = seekElsewhere(session, frames) ? performance.now() : 0;
      } else {
        terminate(session, top.callFrameId, frames, () => resolve(true));
      }
    });
  });
  session.post("Debugger.enable");
  // where no frame is the user's, V8 then pauses at the entry of the next function that is
  session.post("Debugger.setBlackboxPatterns", {
    patterns: ["^node:", `^${OWN.replace(/[^\w/:]/g, "\\$&")}`],
  });
  session.post("Debugger.pause");
  // a request that falls between two microtasks is lost, and one that meets a pause does nothing
  const again = setInterval(() => {
    if (performance.now() - stepping > STEP) session.post("Debugger.pause");
  }, AGAIN);
  try {
    return await Promise.race([done, sleep(REACH).then(() => undefined)]);
  } finally {
    clearInterval(again);
  }
}

/** True for code that is neither Node's nor the kernel's. */
function isUsers(frame: StoppedFrame | undefined): boolean {
  return frame !== undefined && !frame.url.startsWith("node:") && !frame.url.startsWith(OWN);
}

/** True where Node keeps its stack of async ids: it is never stopped there. */
function inHooks(frames: readonly StoppedFrame[]): boolean {
  return frames.slice(0, HOOK_FRAMES).some(({ url }) => /^node:(internal\/)?async_hooks$/.test(url));
}

/** How many frames the hooks have at most above what they were called by. */
const HOOK_FRAMES = 4;

/**
 * Leaves code that is not the user's: outwards to the user's if that called it (then true: a step is on its way), else to
 * wherever the next pause falls.
 */
function seekElsewhere(session: Session, frames: readonly StoppedFrame[]): boolean {
  const calledByUser = frames.some(isUsers);
  session.post(calledByUser ? "Debugger.stepOut" : "Debugger.resume");
  return calledByUser;
}

function terminate(session: Session, frame: string, frames: readonly StoppedFrame[], done: () => void): void {
  const expression = `globalThis[Symbol.for("gradlab.kernel.clearAsyncStack")](${JSON.stringify(frames)})`;
  session.post("Debugger.evaluateOnCallFrame", { callFrameId: frame, expression }, () => {
    session.post("Debugger.resume", { terminateOnResume: true }, done);
  });
}
