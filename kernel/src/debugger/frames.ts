import type { Debugger, Runtime } from "node:inspector";
import type { Position } from "./position-map.js";
import type { LiveScript, Sources } from "./sources.js";

/** A stopped function, as the user sees it. */
export interface Frame {
  readonly id: number;
  readonly name: string;
  readonly script: LiveScript;
  readonly at: Position;
  /** The function that the kernel wraps around a cell: its variables are the notebook's. */
  readonly topLevel: boolean;
  /** What waits for this call to end is not on the stack: no scopes. */
  readonly call: Debugger.CallFrame | undefined;
}

/** Where a raw frame stands: in the user's text, in the kernel's around it, or elsewhere. */
export type Standing =
  | { readonly kind: "user"; readonly script: LiveScript; readonly at: Position }
  | { readonly kind: "wrapper"; readonly script: LiveScript }
  | { readonly kind: "internal" };

type Location = Pick<Debugger.Location, "scriptId" | "lineNumber" | "columnNumber">;

export class Frames {
  readonly #sources: Sources;
  #frames: readonly Frame[] = [];
  #serial = 0;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  standing({ scriptId, lineNumber, columnNumber }: Location): Standing {
    const script = this.#sources.script(scriptId);
    if (script === undefined) return { kind: "internal" };
    const at = script.map({ line: lineNumber, column: columnNumber ?? 0 });
    if (at !== undefined) return { kind: "user", script, at };
    return script.cell ? { kind: "wrapper", script } : { kind: "internal" };
  }

  /** Notes where the main thread stopped; ids are new at each stop. */
  enter({ callFrames, asyncStackTrace }: Debugger.PausedEventDataType): readonly Frame[] {
    const frames = callFrames.flatMap((call) => this.#frame(call.functionName, call.location, call));
    for (let stack = asyncStackTrace; stack !== undefined; stack = stack.parent) {
      if (stack.description === undefined) continue;
      frames.push(
        ...stack.callFrames.flatMap((call: Runtime.CallFrame) =>
          this.#frame(call.functionName, call, undefined),
        ),
      );
    }
    // the function that the kernel hands to an import's loader stands on the import's own line
    this.#frames = frames.filter((frame, i) => {
      const before = frames[i - 1];
      const again = frame.call === undefined && frame.topLevel && before?.topLevel;
      return !again || before?.script !== frame.script || before.at.line !== frame.at.line;
    });
    return this.#frames;
  }

  #frame(name: string, location: Location, call: Debugger.CallFrame | undefined): Frame[] {
    const standing = this.standing(location);
    if (standing.kind !== "user") return [];
    this.#serial += 1;
    const { script, at } = standing;
    const topLevel = script.cell && this.#isTopLevel(name, call);
    const whole = topLevel || call?.scopeChain[0]?.type === "module";
    const shown = whole ? script.name : name === "" ? "(anonymous)" : name;
    return [{ id: this.#serial, name: shown, script, at, topLevel, call }];
  }

  /** The wrapping function begins where the user wrote nothing. */
  #isTopLevel(name: string, call: Debugger.CallFrame | undefined): boolean {
    if (call?.functionLocation === undefined) return name === "";
    return this.standing(call.functionLocation).kind === "wrapper";
  }

  get all(): readonly Frame[] {
    return this.#frames;
  }

  find(id: unknown): Frame | undefined {
    return this.#frames.find((frame) => frame.id === id);
  }

  leave(): void {
    this.#frames = [];
  }
}
