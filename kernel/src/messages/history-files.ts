import { closeSync, mkdirSync, openSync, readdirSync, writeSync } from "node:fs";
import { readFile, stat, unlink } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { HistoryEntry } from "./history.js";

/** How many sessions are kept, how many bytes all of them may take, and how many one. */
const LIMITS = { sessions: 1000, bytes: 32 << 20, session: 8 << 20 } as const;

/** ms within which inputs are written. */
const SOON = 25;

const NAME = /^(\d+)\.jsonl$/;
const fileOf = (session: number): string => `${String(session).padStart(6, "0")}.jsonl`;

/** Where a user's inputs are kept: the state folder of the platform. */
export function historyFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const home = env["HOME"] ?? homedir();
  if (process.platform === "win32") return join(env["LOCALAPPDATA"] ?? home, "gradlab", "history");
  if (process.platform === "darwin")
    return join(home, "Library", "Application Support", "gradlab", "history");
  return join(env["XDG_STATE_HOME"] || join(home, ".local", "state"), "gradlab", "history");
}

/**
 * The inputs of all kernels of a user: a folder with one file a session, one line `[number, source]` a cell.
 * Only its own kernel writes a file, so that kernels side by side need no lock, and a line that a crash cut
 * short is the last of its file. Files are made without following links, for the user alone (0600).
 */
export class HistoryFiles {
  readonly #folder: string;
  #session: number | undefined;
  #file: number | undefined;
  #written = 0;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failure: unknown;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The number of this session: one more than the last at its first cell. */
  get session(): number {
    return this.#session ?? this.#next();
  }

  /** Keeps a cell, on disk a moment later: no cell waits for the disk. Throws when the folder cannot be written, or what came before could not. */
  append(line: number, source: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#file === undefined) this.#begin();
    const bytes = Buffer.from(`${JSON.stringify([line, source])}\n`, "utf8");
    if (this.#written + bytes.length > LIMITS.session) return;
    this.#written += bytes.length;
    this.#waiting.push(bytes);
    this.#timer ??= setTimeout(() => this.#write(), SOON);
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#file === undefined || bytes.length === 0) return;
    try {
      writeSync(this.#file, bytes);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** The sessions other than this one, oldest first. */
  earlier(): number[] {
    return this.#list().filter((session) => session !== this.#session);
  }

  async read(session: number): Promise<HistoryEntry[]> {
    const text = await readFile(join(this.#folder, fileOf(session)), "utf8").catch(() => "");
    return text.split("\n").flatMap((line): HistoryEntry[] => {
      const entry = parseLine(line);
      return entry === undefined ? [] : [[session, ...entry]];
    });
  }

  close(): void {
    this.#write();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Two kernels may want the same number at once: the one whose file is made has it. */
  #begin(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (let session = this.#next(); ; session += 1) {
      try {
        this.#file = openSync(join(this.#folder, fileOf(session)), "wx", 0o600);
        this.#session = session;
        void this.#prune();
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
    }
  }

  #next(): number {
    return (this.#list().at(-1) ?? 0) + 1;
  }

  #list(): number[] {
    let names: string[] = [];
    try {
      names = readdirSync(this.#folder);
    } catch {
      // nothing was kept yet
    }
    return names
      .flatMap((name) => {
        const number = NAME.exec(name)?.[1];
        return number === undefined ? [] : [Number(number)];
      })
      .sort((a, b) => a - b);
  }

  /** Removes the oldest sessions beyond the limits. */
  async #prune(): Promise<void> {
    let bytes = 0;
    const sessions = this.earlier().reverse();
    for (const [i, session] of sessions.entries()) {
      const path = join(this.#folder, fileOf(session));
      bytes += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      if (i + 1 >= LIMITS.sessions || bytes > LIMITS.bytes) await unlink(path).catch(() => {});
    }
  }
}

function parseLine(line: string): [number, string] | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    if (!Array.isArray(parsed)) return undefined;
    const [number, source] = parsed as unknown[];
    return typeof number === "number" && typeof source === "string" ? [number, source] : undefined;
  } catch {
    return undefined; // the last line of a kernel that crashed, or of one that writes now
  }
}
