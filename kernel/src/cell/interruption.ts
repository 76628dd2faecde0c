import { type Debugger, type InspectorNotification, Session } from "node:inspector";
import type { WatchReport } from "../link/index.js";
import type { StoppedFrame } from "./async-stack.js";

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
/** How many frames Node's hooks have at most above what they were called by. */
const HOOK_FRAMES = 4;
/** Where the kernel's own code of this process lies. */
const OWN = new URL(".", import.meta.url).href;

type Paused = InspectorNotification<Debugger.PausedEventDataType>;
type Evaluated = Debugger.EvaluateOnCallFrameReturnType | undefined;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What an interruption needs of the thread that it works in. */
export interface InterruptionHost {
  /** True once the main thread has answered this interrupt by itself. */
  readonly answered: (ticket: number) => boolean;
  readonly tell: (report: WatchReport) => void;
}

/**
 * Stops the main thread, in the watchdog thread. It is given time to answer by itself, then what it runs is
 * terminated; again, until it answers: what is stopped may go on in its next callback. One at a time: of two
 * sessions that pause, either may let go what the other is about to stop.
 */
export class Interruption {
  readonly #host: InterruptionHost;
  #ticket = 0;
  #work: Promise<void> | undefined;

  constructor(host: InterruptionHost) {
    this.#host = host;
  }

  /** Resolves when the latest interrupt that was asked for is answered. */
  request(ticket: number, grace: number): Promise<void> {
    this.#ticket = ticket;
    this.#work ??= this.#stopAll(grace).finally(() => (this.#work = undefined));
    return this.#work;
  }

  #answered(): boolean {
    return this.#host.answered(this.#ticket);
  }

  async #stopAll(grace: number): Promise<void> {
    for (let round = 1; !this.#answered(); round += 1) {
      for (let waited = 0; waited < grace && !this.#answered(); waited += AGAIN) await sleep(AGAIN);
      if (this.#answered()) return;
      const session = new Session();
      session.connectToMainThread();
      const stopped = await this.#stop(session);
      session.disconnect();
      if (stopped === true) this.#host.tell({ kind: "stopped", ticket: this.#ticket });
      // the kernel process decides how long native code may take; it may still return and be stopped
      if (stopped === undefined || round % ROUNDS === 0)
        this.#host.tell({ kind: "stuck", ticket: this.#ticket });
    }
  }

  /**
   * Pauses the main thread, clears Node's async stack and resumes it with termination. True when that
   * was done, false when the thread answered by itself meanwhile, undefined when it cannot be reached.
   *
   * V8 goes on to the next stack check before it terminates. Inside Node's async hooks that would push
   * onto the stack that was just cleared, and inside the kernel's own writing it would cut a record in two: so
   * the pause must be in code of the user's.
   */
  async #stop(session: Session): Promise<boolean | undefined> {
    const urls = new Map<string, string>();
    const started = performance.now();
    let stepping = 0;
    session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
    let settle: (stopped: boolean) => void = () => {};
    const done = new Promise<boolean>((resolve) => (settle = resolve));
    session.on("Debugger.paused", ({ params }: Paused) => {
      const frames = readFrames(params.callFrames, urls);
      const top = params.callFrames[0];
      if (this.#answered() || top === undefined) {
        session.post("Debugger.resume", () => settle(false));
      } else if (!isUsers(frames[0]) && (performance.now() - started < SEEK || inHooks(frames))) {
        stepping = seekElsewhere(session, frames) ? performance.now() : 0;
      } else {
        terminate(session, top.callFrameId, frames, () => settle(true));
      }
    });
    session.post("Debugger.enable");
    // where no frame is the user's, V8 then pauses at the entry of the next function that is
    const own = `^${OWN.replace(/[^\w/:]/g, "\\$&")}`;
    session.post("Debugger.setBlackboxPatterns", { patterns: ["^node:", own] });
    session.post("Debugger.pause");
    // a request that falls between two microtasks is lost, and one that meets a pause does nothing
    const again = setInterval(() => {
      if (this.#answered()) settle(false);
      else if (performance.now() - stepping > STEP) session.post("Debugger.pause");
    }, AGAIN);
    try {
      return await Promise.race([done, sleep(REACH).then(() => undefined)]);
    } finally {
      clearInterval(again);
    }
  }
}

function readFrames(
  frames: readonly Debugger.CallFrame[],
  urls: ReadonlyMap<string, string>,
): StoppedFrame[] {
  return frames.slice(0, 50).map(({ location }) => ({
    url: urls.get(location.scriptId) ?? "",
    line: location.lineNumber + 1,
    column: (location.columnNumber ?? 0) + 1,
  }));
}

/** True for code that is neither Node's nor the kernel's. */
function isUsers(frame: StoppedFrame | undefined): boolean {
  return frame !== undefined && !frame.url.startsWith("node:") && !frame.url.startsWith(OWN);
}

/** True where Node keeps its stack of async ids: it is never stopped there. */
function inHooks(frames: readonly StoppedFrame[]): boolean {
  return frames.slice(0, HOOK_FRAMES).some(({ url }) => /^node:(internal\/)?async_hooks$/.test(url));
}

/**
 * Leaves code that is not the user's: outwards to the user's if that called it (then true: a step is on its way),
 * else to wherever the next pause falls.
 */
function seekElsewhere(session: Session, frames: readonly StoppedFrame[]): boolean {
  const calledByUser = frames.some(isUsers);
  session.post(calledByUser ? "Debugger.stepOut" : "Debugger.resume");
  return calledByUser;
}

/** Terminates only what was prepared for it: without a cleared stack Node would abort the process. */
function terminate(session: Session, frame: string, frames: readonly StoppedFrame[], done: () => void): void {
  const expression = `globalThis[Symbol.for("gradlab.kernel.clearAsyncStack")](${JSON.stringify(frames)})`;
  const evaluation = { callFrameId: frame, expression };
  session.post("Debugger.evaluateOnCallFrame", evaluation, (error, result: Evaluated) => {
    if (error !== null || result?.exceptionDetails !== undefined) session.post("Debugger.resume");
    else session.post("Debugger.resume", { terminateOnResume: true }, done);
  });
}
