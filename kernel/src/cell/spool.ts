import { fstatSync, ftruncateSync, writeSync } from "node:fs";
import { FD, type Report } from "../link/index.js";

type Name = "stdout" | "stderr";

/** Texts within so many ms, from this many on, count as quick succession. */
const QUICK = { within: 5, from: 20 } as const;
/** ms, or bytes, after which what was written is announced again; the kernel process looks by itself a little later. */
const ANNOUNCE = { after: 10, bytes: 256 * 1024 } as const;
/** Bytes from which on the file is emptied when it can be, and those that it never exceeds. */
const SIZE = { empty: 1 << 20, most: 16 << 20 } as const;

/** Writes lines in quick succession to a file that the kernel process reads: see session/spool.ts. */
export class Spool {
  readonly #report: (record: Report) => void;
  #usable = isThere();
  #written = 0;
  #announced = 0;
  #announcedAt = 0;
  #current: { readonly run: number; readonly name: Name } | undefined;
  #windowFrom = 0;
  #inWindow = 0;

  /** @param report sends a report past this spool */
  constructor(report: (record: Report) => void) {
    this.#report = report;
  }

  /** Takes a text if it is one of many; else it must be reported. */
  take(run: number, name: Name, text: string): boolean {
    const now = performance.now();
    if (now - this.#windowFrom > QUICK.within) [this.#windowFrom, this.#inWindow] = [now, 0];
    this.#inWindow += 1;
    if (this.#inWindow < QUICK.from || !this.#usable || this.#written > SIZE.most) return false;
    if (this.#current?.run !== run || this.#current.name !== name) {
      this.flush();
      this.#current = { run, name };
      this.#announcedAt = -Infinity;
    }
    // what UTF-8 cannot hold goes as JSON
    if (!isWellFormed(text)) return false;
    const rest = this.#write(text);
    if (now - this.#announcedAt > ANNOUNCE.after || this.#written - this.#announced > ANNOUNCE.bytes) {
      this.#announcedAt = now;
      this.#announce(run, name);
    }
    if (rest !== "") {
      this.flush();
      this.#report({ kind: "stream", run, name, text: rest });
    }
    return true;
  }

  /** Announces what was written: something else is about to be reported. */
  flush(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current !== undefined && this.#written > this.#announced) this.#announce(current.run, current.name);
  }

  /** Empties the file, if the kernel process has read everything. */
  recycle(read: number): void {
    if (this.#written < SIZE.empty || read !== this.#written) return;
    ftruncateSync(FD.spool, 0);
    this.#written = 0;
    this.#announced = 0;
    this.#report({ kind: "respooled" });
  }

  #announce(run: number, name: Name): void {
    this.#announced = this.#written;
    this.#report({ kind: "spooled", run, name, end: this.#written });
  }

  /** What could not be written: the disk is full, or something like it, and the file is given up. */
  #write(text: string): string {
    let size = 0;
    try {
      size = writeSync(FD.spool, text);
      if (size === Buffer.byteLength(text, "utf8")) return "";
    } catch {
      // nothing was written
    } finally {
      this.#written += size;
    }
    this.#usable = false;
    return Buffer.from(text, "utf8").subarray(size).toString("utf8");
  }
}

/** Without halves of characters (TypeScript's types of it come with ES2024). */
const isWellFormed = (text: string): boolean =>
  (text as unknown as { readonly isWellFormed: () => boolean }).isWellFormed();

function isThere(): boolean {
  try {
    return fstatSync(FD.spool).isFile();
  } catch {
    return false;
  }
}
