import { getHeapStatistics } from "node:v8";

/** How Node and V8 begin to say that they cannot go on; what follows is for their developers. */
const BEGINS =
  /\r?\n?(<--- Last few GCs --->|#\s*\n# Fatal |FATAL ERROR: |----- (Native|JavaScript) stack trace -----)/;
const OUT_OF_MEMORY = /heap out of memory|Allocation failed|invalid size error|process out of memory/i;

/**
 * Holds back what the process writes on its way to a crash: the kernel says it in the user's words. A process that
 * lives on (some program only printed the same words) gets its text shown.
 */
export class CrashNotes {
  #held = "";

  /** The part of `text` to show at once. */
  filter(text: string): string {
    if (this.#held !== "") {
      this.#held += text;
      return "";
    }
    const at = text.search(BEGINS);
    if (at < 0) return text;
    this.#held = text.slice(at);
    return text.slice(0, at);
  }

  /** What was held back, once. */
  take(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }
}

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote on the way. */
  readonly notes: string;
  /** The limit that was asked for, in MB. */
  readonly limit?: number;
  /** How many cells it had run. */
  readonly cells: number;
}

const LEVER = "Raise the limit with --memory-limit MB in the kernel's argv or GRADLAB_MEMORY_LIMIT=MB.";

/** What a death of the cell process means, what is lost and what can be done. */
export function explainDeath({ code, signal, notes, limit, cells }: Death): string {
  const lost = lostSentence(cells);
  if (OUT_OF_MEMORY.test(notes)) {
    const allowed = limit ?? Math.round(getHeapStatistics().heap_size_limit / 2 ** 20);
    return `The cell needed more memory than its limit of ${allowed} MB, so its process was replaced: ${lost} ${LEVER}`;
  }
  const reason = notes.split("\n").find((line) => /FATAL|Fatal/.test(line));
  const how = signal === null ? `exit code ${code}` : `signal ${signal}${MEANING[signal] ?? ""}`;
  const said = reason === undefined ? "" : ` It said: ${reason.replace(/^#\s*/, "")}`;
  return `The process that runs cells ended (${how}) and was replaced: ${lost}${said}`;
}

/** The cell process grew beyond the limit and could not be stopped in time. */
export function explainOverrun(limit: number, cells: number): string {
  return `The cell used more memory than its limit of ${limit} MB and did not stop, so its process was replaced: ${lostSentence(cells)} ${LEVER}`;
}

/** A running cell took the process to its limit and was stopped there. */
export function explainStop(limit: number): string {
  return `The cell was stopped because its process came to the memory limit of ${limit} MB; variables keep their values: let go of large ones. ${LEVER}`;
}

function lostSentence(cells: number): string {
  const of = cells > 1 ? ` (${cells} cells had run)` : "";
  return `all variables are gone${of}, files stay. Run the cells above again.`;
}

const MEANING: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGSEGV: ": a native library read or wrote where it must not",
  SIGBUS: ": a native library read or wrote where it must not",
  SIGILL: ": native code met an instruction that this processor has not, or gave up",
  SIGABRT: ": native code gave up",
  SIGKILL: ": most often the system, when the machine runs out of memory",
};
