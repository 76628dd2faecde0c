import type { Debugger, Runtime } from "node:inspector";
import { Catchers } from "./catchers.js";
import type { Breakpoints } from "./breakpoints.js";
import type { Frame, Frames, Standing } from "./frames.js";
import { argumentOf, type Inspector } from "./inspector.js";
import type { Sources } from "./sources.js";
import { Traps } from "./traps.js";

type Paused = Debugger.PausedEventDataType;

/** How a step goes, in DAP's words and the inspector's. */
export const STEPS = {
  next: "Debugger.stepOver",
  stepIn: "Debugger.stepInto",
  stepOut: "Debugger.stepOut",
} as const;

/** What the main thread was set going for; undefined: to run on. */
type Intent =
  | {
      readonly kind: "step";
      readonly step: keyof typeof STEPS;
      /** How deep it stood, and on which line of what. */
      readonly depth: number;
      readonly from: string;
      tries: number;
    }
  | { readonly kind: "pause"; tries: number }
  | undefined;

/** Why the main thread stands (the body of DAP's stopped event). */
export interface Stop {
  readonly reason: "breakpoint" | "step" | "exception" | "pause";
  readonly description?: string;
  readonly text?: string;
  readonly hitBreakpointIds?: readonly number[];
  /** Of an exception: whether the user's code catches it. */
  readonly caught?: boolean;
}

export interface ExceptionFilters {
  readonly caught: boolean;
  readonly uncaught: boolean;
}

/** How often a step is taken again by itself before it counts as done. */
const TRIES = 50;
/** How many steps through Node's code a pause takes before it waits, in all of the user's code, for what runs next. */
const PAUSE_TRIES = 50;

/** Decides of every pause whether the user is to see it, and goes on where not: in the kernel's and Node's code. */
export class Pauses {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  readonly #frames: Frames;
  readonly #breakpoints: Breakpoints;
  readonly #catchers: Catchers;
  readonly #traps: Traps;
  readonly #stopped: (stop: Stop) => void;
  #intent: Intent;
  filters: ExceptionFilters = { caught: false, uncaught: false };
  /** What was thrown, while it stands for an exception. */
  exception: Runtime.RemoteObject | undefined;

  constructor(
    inspector: Inspector,
    sources: Sources,
    frames: Frames,
    breakpoints: Breakpoints,
    stopped: (stop: Stop) => void,
  ) {
    this.#inspector = inspector;
    this.#sources = sources;
    this.#frames = frames;
    this.#breakpoints = breakpoints;
    this.#stopped = stopped;
    this.#catchers = new Catchers(inspector, sources, frames);
    this.#traps = new Traps(inspector, sources);
  }

  /** Scripts are gone; nothing is under way any more. */
  forget(): void {
    this.#intent = undefined;
    this.#traps.forget();
    this.exception = undefined;
    this.#catchers.forget();
  }

  /** Goes on from a stop: run, or take a step. */
  async go(step?: keyof typeof STEPS): Promise<void> {
    const frames = this.#frames.all.filter(({ call }) => call !== undefined);
    this.#intent = step && { kind: "step", step, depth: frames.length, from: lineOf(frames[0]), tries: 0 };
    this.exception = undefined;
    await this.#inspector.request(step ? STEPS[step] : "Debugger.resume");
  }

  /** Which exceptions stop. V8's own "uncaught" would find none: the kernel catches what a cell throws. */
  async filter(filters: ExceptionFilters): Promise<void> {
    this.filters = filters;
    const state = filters.caught || filters.uncaught ? "all" : "none";
    await this.#inspector.request("Debugger.setPauseOnExceptions", { state });
  }

  /** Stops at the next line of the user's that runs. */
  async pause(): Promise<void> {
    this.#intent = { kind: "pause", tries: 0 };
    await this.#inspector.request("Debugger.pause");
  }

  /** A cell ended: a step that was under way in it found no further line. */
  ended(): void {
    if (this.#intent?.kind === "step") this.#intent = undefined;
  }

  async onPaused(paused: Paused): Promise<void> {
    const reasons = reasonsOf(paused);
    const cameBack = this.#traps.hit(paused.hitBreakpoints);
    const fresh = reasons.find(({ reason }) => reason === "instrumentation");
    if (fresh !== undefined) {
      const script = this.#sources.script(String(fresh.data["scriptId"]));
      if (script) await this.#breakpoints.place(script);
      const alone = reasons.length === 1 && !paused.hitBreakpoints?.length;
      // a pause that is asked for is to find the new script's code as well
      if (alone && this.#intent?.kind !== "pause") return this.#resume();
    }
    await this.#traps.clear();
    const top = paused.callFrames[0];
    const standing = top ? this.#frames.standing(top.location) : { kind: "internal" as const };
    const thrown = reasons.find(({ reason }) => reason === "exception" || reason === "promiseRejection");
    const hitBreakpointIds = this.#breakpoints.hit(paused.hitBreakpoints ?? []);
    if (standing.kind === "user" && hitBreakpointIds.length > 0) {
      return this.#stop(paused, { reason: "breakpoint", hitBreakpointIds });
    }
    if (thrown !== undefined) return this.#onThrown(paused, thrown.data);
    if (this.#intent?.kind === "pause") return this.#onPauseAsked(paused, standing.kind);
    if (this.#intent?.kind === "step") return this.#onStep(paused, standing, cameBack);
    if (!cameBack && standing.kind === "user" && top && (await this.#isDebuggerStatement(top.location))) {
      return this.#stop(paused, { reason: "breakpoint", description: "Paused on debugger statement" });
    }
    return this.#resume();
  }

  #stop(paused: Paused, stop: Stop): void {
    this.#intent = undefined;
    this.#frames.enter(paused);
    this.#stopped(stop);
  }

  async #resume(): Promise<void> {
    await this.#inspector.request("Debugger.resume").catch(() => {});
  }

  async #again(method: string, params: object = {}): Promise<void> {
    await this.#inspector.request(method, params).catch(() => {});
  }

  async #onPauseAsked(paused: Paused, kind: string): Promise<void> {
    if (kind === "user") return this.#stop(paused, { reason: "pause" });
    if (await this.#comeBack(paused)) return;
    const intent = this.#intent as Extract<Intent, { kind: "pause" }>;
    intent.tries += 1;
    // in Node's own code, or in what a front end evaluates: to run on would lose the user's that it is about to call
    if (intent.tries % PAUSE_TRIES !== 0) return this.#again("Debugger.stepInto");
    await this.#traps.everywhere();
    await this.#resume();
  }

  async #onStep(paused: Paused, standing: Standing, cameBack: boolean): Promise<void> {
    const intent = this.#intent as Extract<Intent, { kind: "step" }>;
    const mine = standing.kind === "user" && standing.script.mine;
    if (!mine) {
      // at the end of a cell, or in Node: out to the user's code if that called, else the step is over
      if (standing.kind === "wrapper") return this.#again(STEPS[intent.step]);
      return (await this.#comeBack(paused)) ? undefined : this.#resume();
    }
    const depth = paused.callFrames.filter(
      ({ location }) => this.#frames.standing(location).kind === "user",
    ).length;
    const same = `${standing.script.id}:${standing.at.line}` === intent.from && depth === intent.depth;
    intent.tries += 1;
    if (intent.tries < TRIES && intent.step !== "stepIn" && depth > intent.depth && intent.depth > 0) {
      return this.#again("Debugger.stepOut");
    }
    // the rest of the line is no step of its own
    const rest = same && (intent.step === "next" || (intent.step === "stepIn" && cameBack));
    if (intent.tries < TRIES && rest) return this.#again(STEPS[intent.step]);
    return this.#stop(paused, { reason: "step" });
  }

  async #onThrown(paused: Paused, data: Record<string, unknown>): Promise<void> {
    const who = await this.#catchers.find(paused, data["uncaught"] !== true);
    const wanted = who === "user" ? this.filters.caught : who === "nobody" && this.filters.uncaught;
    const visible = paused.callFrames.some(({ location }) => this.#frames.standing(location).kind === "user");
    const error = data as unknown as Runtime.RemoteObject;
    // an error that passes several functions stops once
    if (wanted && visible && (await this.#inspector.call<boolean>("first", [argumentOf(error)]))) {
      this.exception = error;
      const description = who === "user" ? "Paused on a caught exception" : "Paused on an uncaught exception";
      const text = (error.description ?? String(error.value)).split("\n")[0];
      return this.#stop(paused, { reason: "exception", description, text, caught: who === "user" });
    }
    // a step goes on: to where the exception is caught
    if (this.#intent?.kind === "step") return this.#again("Debugger.stepOver");
    return this.#resume();
  }

  /** Runs on until the innermost function of the user's on the stack goes on; false when there is none. */
  async #comeBack({ callFrames }: Paused): Promise<boolean> {
    const caller = callFrames.slice(1).find(({ location }) => {
      const standing = this.#frames.standing(location);
      return standing.kind === "user" && standing.script.mine;
    });
    if (caller === undefined) return false;
    await this.#traps.inFunctionOf(caller);
    await this.#resume();
    return true;
  }

  async #isDebuggerStatement(location: Debugger.Location): Promise<boolean> {
    const { scriptId, lineNumber, columnNumber = 0 } = location;
    const { locations } = await this.#inspector.request<Debugger.GetPossibleBreakpointsReturnType>(
      "Debugger.getPossibleBreakpoints",
      { start: location, end: { scriptId, lineNumber, columnNumber: columnNumber + 1 } },
    );
    return locations.some(({ type }) => type === "debuggerStatement");
  }
}

function lineOf(frame: Frame | undefined): string {
  return frame ? `${frame.script.id}:${frame.at.line}` : "";
}

interface Reason {
  readonly reason: string;
  readonly data: Record<string, unknown>;
}

/** Several things may come together at one place. */
function reasonsOf({ reason, data }: Paused): Reason[] {
  if (reason !== "ambiguous") return [{ reason, data: data ?? {} }];
  const all = (data as { reasons?: { reason: string; auxData?: Record<string, unknown> }[] }).reasons ?? [];
  return all.map((one) => ({ reason: one.reason, data: one.auxData ?? {} }));
}
