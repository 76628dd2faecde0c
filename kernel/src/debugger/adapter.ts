import type { Debugger } from "node:inspector";
import type { CellProgram, InspectorReport } from "../link/index.js";
import { Breakpoints } from "./breakpoints.js";
import { CAPABILITIES } from "./capabilities.js";
import { CONTROL } from "./control.js";
import { EXPLORE } from "./explore.js";
import { Frames } from "./frames.js";
import { Inspector } from "./inspector.js";
import { LOOK } from "./look.js";
import { Pauses, type Stop } from "./pauses.js";
import { type Command, type DebugSession, type Json, Refusal, THREAD } from "./session.js";
import { Sources } from "./sources.js";
import { Variables } from "./variables.js";

export interface DebugOptions {
  /** The notebook's folder. */
  readonly folder: string;
  readonly inspect: (id: number, method: string, params: object) => void;
  /** Publishes an event of the Debug Adapter Protocol. */
  readonly publish: (event: Json) => void;
  /** Stops the running cell. */
  readonly interrupt: () => void;
}

/** How many callers that wait (`await`) are shown behind the stack. */
const ASYNC_DEPTH = 32;

/** Requests that are answered one after another, as they came. */
const ORDERED = /^(initialize|attach|launch|configurationDone|disconnect|terminate|set\w*Breakpoints)$/;

/**
 * The Debug Adapter Protocol (1.68) and the requests that Jupyter adds to it, over the inspector of the
 * cell process. Until a front end attaches or asks for variables, nothing is asked of that process.
 */
export class DebugAdapter {
  readonly #options: DebugOptions;
  readonly #session: DebugSession;
  #seq = 0;
  #justMyCode = true;
  /** Called when the main thread runs again. */
  #started: () => void = () => {};
  #turn: Promise<unknown> = Promise.resolve();
  #pausing: Promise<unknown> = Promise.resolve();

  constructor(options: DebugOptions) {
    this.#options = options;
    const inspector = new Inspector(options.inspect);
    const sources = new Sources(options.folder);
    const frames = new Frames(sources);
    const names = new Set<string>();
    const breakpoints = new Breakpoints(inspector, sources, (breakpoint) =>
      this.#event("breakpoint", { reason: "changed", breakpoint }),
    );
    const pauses = new Pauses(inspector, sources, frames, breakpoints, (stop) => this.#onStop(stop));
    this.#session = {
      inspector,
      sources,
      frames,
      breakpoints,
      pauses,
      names,
      variables: new Variables(inspector, names),
      initialized: false,
      attached: false,
      stop: undefined,
      from: {
        line: 1,
        column: 1,
      },
    };
    inspector.onNotification = (method, params) => this.#notified(method, params);
    inspector.onGone = () => this.#onGone();
  }

  /** What the inspector of the cell process says. */
  receive(report: InspectorReport | "gone"): void {
    this.#session.inspector.receive(report);
  }

  /** Notes a cell before it runs; while a debugger is attached, waits until what it asked for is set. */
  async willRun(name: string, code: string, program: CellProgram, names: readonly string[]): Promise<void> {
    this.#session.sources.ran(name, code, program);
    for (const one of names) this.#session.names.add(one);
    if (this.#session.attached) await this.#turn;
  }

  /** Notes that a cell has ended. */
  ended(): void {
    this.#session.pauses.ended();
  }

  close(): void {
    this.#session.sources.close();
  }

  /** Answers one request; what goes wrong is said in its `message`. */
  async handle(request: Json): Promise<Json> {
    const command = String(request["command"]);
    const args = (request["arguments"] ?? {}) as Json;
    const answer = (success: boolean, more: Json): Json => ({
      seq: this.#next(),
      type: "response",
      request_seq: request["seq"] ?? 0,
      success,
      command,
      ...more,
    });
    try {
      const handler = Object.hasOwn(this.#commands, command) ? this.#commands[command] : undefined;
      if (handler === undefined) throw new Refusal(`${command} is not a request that this debugger knows.`);
      const work = async (): Promise<Json | void> => handler(this.#session, args);
      const body = await (ORDERED.test(command) ? this.#inTurn(work) : work());
      return answer(true, body === undefined ? {} : { body });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return answer(false, { message, body: { error: { id: 1, format: message.replaceAll(/[{}]/g, "") } } });
    }
  }

  readonly #commands: Readonly<Record<string, Command>> = {
    ...EXPLORE,
    ...CONTROL,
    ...LOOK,
    initialize: (session, args) => {
      const start = (name: string): number => (args[name] === false ? 0 : 1);
      session.from = {
        line: start("linesStartAt1"),
        column: start("columnsStartAt1"),
      };
      session.initialized = true;
      return CAPABILITIES;
    },
    attach: (_session, args) => this.#attach(args),
    launch: (_session, args) => this.#attach(args),
    disconnect: (_session, args) => this.#disconnect(args["terminateDebuggee"] === true),
    terminate: () => this.#disconnect(true),
  };

  async #attach(args: Json): Promise<void> {
    const session = this.#session;
    if (!session.initialized) throw new Refusal("initialize comes before attach.");
    if (session.attached) return;
    this.#justMyCode = args["justMyCode"] !== false;
    session.attached = true;
    await this.#enable();
    this.#event("initialized");
    this.#event("thread", { reason: "started", threadId: THREAD });
  }

  /** Switches the inspector's debugger on; it reports every script that is there. */
  async #enable(): Promise<void> {
    const { inspector, sources, pauses } = this.#session;
    await inspector.request("Debugger.enable");
    await inspector.request("Debugger.setAsyncCallStackDepth", { maxDepth: ASYNC_DEPTH });
    const patterns = sources.blackbox(this.#justMyCode);
    await inspector.request("Debugger.setBlackboxPatterns", { patterns });
    // cells and TypeScript files carry source maps: their breakpoints are set before their first line runs
    const instrumentation = "beforeScriptWithSourceMapExecution";
    await inspector.request("Debugger.setInstrumentationBreakpoint", { instrumentation });
    await pauses.filter(pauses.filters);
  }

  /** Leaves: a stopped cell runs on, or is stopped for good. */
  async #disconnect(terminate: boolean): Promise<void> {
    const session = this.#session;
    const { inspector, variables, breakpoints, pauses, sources } = session;
    const wasAttached = session.attached;
    pauses.forget();
    if (terminate && session.stop !== undefined) {
      this.#options.interrupt();
      await new Promise<void>((resolve) => (this.#started = resolve));
    }
    session.initialized = false;
    pauses.filters = { caught: false, uncaught: false };
    if (wasAttached) {
      await inspector.request("Debugger.setAsyncCallStackDepth", { maxDepth: 0 }).catch(() => {});
      await inspector.request("Debugger.disable").catch(() => {});
      await inspector.call("dropHooks", []).catch(() => {});
    }
    session.attached = false;
    this.#onStart();
    await variables.release();
    breakpoints.clear();
    sources.forgetScripts();
    if (wasAttached) this.#event("terminated");
  }

  #notified(method: string, params: object): void {
    const { attached, sources, pauses, inspector } = this.#session;
    if (!attached) return;
    if (method === "Debugger.scriptParsed") {
      sources.parsed(params as Debugger.ScriptParsedEventDataType);
    } else if (method === "Debugger.paused") {
      const pause = this.#pausing.then(() => pauses.onPaused(params as Debugger.PausedEventDataType));
      this.#pausing = pause.catch(() => inspector.request("Debugger.resume").catch(() => {}));
    } else if (method === "Debugger.resumed") {
      this.#onStart();
    }
  }

  #onStop(stop: Stop): void {
    this.#session.stop = stop;
    const { caught: _, ...told } = stop;
    this.#event("stopped", { ...told, threadId: THREAD, allThreadsStopped: true });
  }

  /** The main thread runs again, whoever set it going: a front end, an interrupt, the end of the process. */
  #onStart(): void {
    const { stop, frames, variables } = this.#session;
    if (stop === undefined) return;
    this.#session.stop = undefined;
    frames.leave();
    void variables.release();
    this.#started();
    this.#event("continued", { threadId: THREAD, allThreadsContinued: true });
  }

  /** A new process has taken the place of the old: it gets what was set, from its first script on. */
  #onGone(): void {
    const { names, pauses, breakpoints, sources, variables, attached } = this.#session;
    this.#onStart();
    names.clear();
    pauses.forget();
    breakpoints.forgetScripts();
    sources.forgetScripts();
    variables.handles.clear();
    if (attached) void this.#inTurn(() => this.#enable()).catch(() => {});
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #event(event: string, body?: Json): void {
    this.#options.publish({
      seq: this.#next(),
      type: "event",
      event,
      ...(body === undefined ? {} : { body }),
    });
  }

  #next(): number {
    this.#seq += 1;
    return this.#seq;
  }
}
