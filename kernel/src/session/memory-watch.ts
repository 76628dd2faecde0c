import { readFileSync } from "node:fs";

/** ms between two looks; one costs about 20 µs. */
const EVERY = 200;
/** Beyond this multiple of the limit a process that does not stop is ended. */
const LAST = 1.25;
/** How much a cell may still grow, as a part of the limit, when it begins above it. */
const LEEWAY = 0.05;
/** Linux counts memory in pages. */
const PAGE = 4096;

export interface MemoryEvents {
  /** The running cells took the process over its limit; asked once, until they take more. */
  readonly over: () => void;
  /** It went far beyond. */
  readonly farOver: () => void;
}

/** Looks at the resident memory of a process while cells run: JavaScript's heap, buffers and native memory. */
export class MemoryWatch {
  readonly #limit: number;
  readonly #events: MemoryEvents;
  #timer: NodeJS.Timeout | undefined;

  /** @param limit in MB */
  constructor(limit: number, events: MemoryEvents) {
    this.#limit = limit * 2 ** 20;
    this.#events = events;
  }

  start(pid: number): void {
    this.stop();
    // cells that let go of memory must be able to run although the process is above its limit
    let allowed = Math.max(this.#limit, residentBytes(pid) + LEEWAY * this.#limit);
    this.#timer = setInterval(() => {
      const used = residentBytes(pid);
      if (used > LAST * this.#limit && used > allowed) this.#events.farOver();
      else if (used > allowed) {
        allowed = used + LEEWAY * this.#limit;
        this.#events.over();
      }
    }, EVERY);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Resident memory; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE;
  } catch {
    return 0;
  }
}
