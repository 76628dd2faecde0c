import type { Debugger } from "node:inspector";
import type { Inspector } from "./inspector.js";
import type { Sources } from "./sources.js";

/** The most places that are trapped at once: each is a request, and the thread stands meanwhile. */
const MOST = 3000;

/**
 * Breakpoints of the debugger's own, for one stop. V8 cannot be told to pass over Node's own scripts: it steps out of one
 * of their functions into the next, and to let it run on while a pause is asked for anew loses what runs in between. So
 * the places where the user's code may go on get a breakpoint each.
 */
export class Traps {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  #set: ReadonlySet<string> = new Set();

  constructor(inspector: Inspector, sources: Sources) {
    this.#inspector = inspector;
    this.#sources = sources;
  }

  /** They went with their process or their debugger. */
  forget(): void {
    this.#set = new Set();
  }

  hit(breakpointIds: readonly string[] | undefined): boolean {
    return breakpointIds?.some((id) => this.#set.has(id)) === true;
  }

  async clear(): Promise<void> {
    const old = [...this.#set];
    this.#set = new Set();
    const removed = old.map((breakpointId) =>
      this.#inspector.request("Debugger.removeBreakpoint", { breakpointId }),
    );
    await Promise.allSettled(removed);
  }

  /** Wherever the function of this frame goes on. */
  async inFunctionOf({ functionLocation, location }: Debugger.CallFrame): Promise<void> {
    await this.#trap(await this.#places({ start: functionLocation ?? location, restrictToFunction: true }));
  }

  /** Wherever code of the user's goes on; the newest scripts first. */
  async everywhere(): Promise<void> {
    const places: Debugger.BreakLocation[] = [];
    for (const { id, mine } of [...this.#sources.scripts()].reverse()) {
      if (!mine || places.length >= MOST) continue;
      places.push(...(await this.#places({ start: { scriptId: id, lineNumber: 0, columnNumber: 0 } })));
    }
    await this.#trap(places.slice(0, MOST));
  }

  async #places(where: Debugger.GetPossibleBreakpointsParameterType): Promise<Debugger.BreakLocation[]> {
    const found = await this.#inspector.request<Debugger.GetPossibleBreakpointsReturnType>(
      "Debugger.getPossibleBreakpoints",
      where,
    );
    return found.locations;
  }

  async #trap(places: readonly Debugger.BreakLocation[]): Promise<void> {
    const asked = places.map(({ scriptId, lineNumber, columnNumber }) =>
      this.#inspector.request<Debugger.SetBreakpointReturnType>("Debugger.setBreakpoint", {
        location: { scriptId, lineNumber, columnNumber },
      }),
    );
    // a place where the user has one already is refused; the next one serves
    const set = await Promise.allSettled(asked);
    this.#set = new Set(set.flatMap((one) => (one.status === "fulfilled" ? [one.value.breakpointId] : [])));
  }
}
