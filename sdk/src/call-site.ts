/** Where in the user's code a call came from, told from a captured stack. */
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** One line of a stack trace. `file` is a path, or "cell 4" in a notebook. */
export interface StackFrame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Path within the sdk without its ending ("nn/linear"); absent for everybody else's code. */
  readonly module?: string;
}

/** Frames looked at: an op deep inside a model is about ten calls away from the user's line. */
const DEPTH = 16;

const OWN = fileURLToPath(new URL(".", import.meta.url));
/** Source maps, where they are switched on, name the TypeScript files. */
const ROOTS = [OWN, OWN.replace(/dist[/\\]$/, `src${sep}`)];

/** A function or a class. */
export type Callable = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown);

/** A stack that is laid out as text only when somebody asks, since most never are. */
export class CallSite {
  #captured: { stack?: string } | undefined = {};
  #frames: readonly StackFrame[] = [];

  /** @param below the outermost function to leave out, with all that it has called */
  constructor(below: Callable) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = DEPTH;
    Error.captureStackTrace(this.#captured!, below);
    Error.stackTraceLimit = limit;
  }

  /** Innermost first, without Node's own. Lays the stack out, which lets go of what the calls held. */
  get frames(): readonly StackFrame[] {
    if (this.#captured) {
      this.#frames = (this.#captured.stack ?? "").split("\n").map(frameOf).filter(isFrame);
      this.#captured = undefined;
    }
    return this.#frames;
  }

  /** The innermost place outside gradlab: "train.ts:12:9", or "cell 4, line 7". */
  get place(): string | undefined {
    const frame = this.frames.find(({ module }) => module === undefined);
    return frame && placeText(frame);
  }
}

const isFrame = (frame: StackFrame | undefined): frame is StackFrame => frame !== undefined;

const LINE = /^\s*at (?:async )?(?:(.*?) \()?(.+?):(\d+):(\d+)\)?$/;

function frameOf(text: string): StackFrame | undefined {
  const [, name = "", where, line, column] = LINE.exec(text) ?? [];
  if (where === undefined || where.startsWith("node:")) return undefined;
  const file = where.startsWith("file:") ? fileURLToPath(where) : where;
  const root = ROOTS.find((folder) => file.startsWith(folder));
  const module =
    root &&
    file
      .slice(root.length)
      .replaceAll(sep, "/")
      .replace(/\.[jt]s$/, "");
  return {
    name,
    file,
    line: Number(line),
    column: Number(column),
    ...(module === undefined ? {} : { module }),
  };
}

/** A frame's place for people; paths below the working directory are shortened. */
export function placeText({ file, line, column }: StackFrame): string {
  if (/^cell \d/.test(file)) return `${file}, line ${line}`;
  const short = relative(process.cwd(), file);
  return `${short.startsWith("..") ? file : short}:${line}:${column}`;
}
