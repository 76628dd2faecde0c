import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";
import { createGlob } from "./glob.js";
import { HistoryFiles } from "./history-files.js";

export type HistoryEntry = readonly [session: number, line: number, source: string];

/** How many inputs of this session stay in memory, and how many characters of one result. */
const KEPT = 10_000;
const OUTPUT = 10_000;

/** What was run: by this kernel, in memory; by all kernels of the user, in files, where there is a folder. */
export class History {
  readonly #files: HistoryFiles | undefined;
  /** Source by cell number; a number used again keeps its last source. */
  readonly #sources = new Map<number, string>();
  readonly #outputs = new Map<number, string>();
  #failed = false;

  constructor(folder?: string) {
    this.#files = folder === undefined ? undefined : new HistoryFiles(folder);
  }

  /** The number of this session among the user's; 1 where none are kept. */
  get session(): number {
    return this.#files?.session ?? 1;
  }

  add(line: number, source: string): void {
    this.#sources.set(line, source);
    if (this.#sources.size > KEPT) this.#forget(this.#sources.keys().next().value ?? line);
    if (this.#failed) return;
    try {
      this.#files?.append(line, source);
    } catch (error) {
      this.#failed = true;
      console.error(`The history of inputs cannot be kept: ${(error as Error).message}`);
    }
  }

  /** The text of a cell's result. */
  output(line: number, shown: string): void {
    if (this.#sources.has(line)) this.#outputs.set(line, shown.slice(0, OUTPUT));
  }

  /** The sources of this session. */
  newestFirst(): string[] {
    return [...this.#sources.values()].reverse();
  }

  outputOf(session: number, line: number): string | null {
    return session === 0 || session === this.session ? (this.#outputs.get(line) ?? null) : null;
  }

  /** The last `n` entries of all sessions; all of them for a negative `n`. */
  async tail(n: number): Promise<HistoryEntry[]> {
    if (n === 0) return [];
    const found: HistoryEntry[][] = [];
    let count = 0;
    for (const session of [...this.#sessions()].reverse()) {
      const entries = await this.#read(session);
      found.unshift(entries);
      count += entries.length;
      if (n > 0 && count >= n) break;
    }
    return n > 0 ? found.flat().slice(-n) : found.flat();
  }

  /**
   * Lines of one session from `start` up to, not including, `stop`. Session 0 is this one, -1 the one before it;
   * in this one negative lines count from the end.
   */
  async range(asked: number, start: number, stop: number | undefined): Promise<HistoryEntry[]> {
    const session = asked > 0 ? asked : this.session + asked;
    const own = session === this.session;
    const end = own ? Math.max(0, ...this.#sources.keys()) + 1 : 0;
    const from = own && start < 0 ? start + end : start;
    const to = stop === undefined || stop === 0 ? Infinity : own && stop < 0 ? stop + end : stop;
    const entries = own ? this.#own() : ((await this.#files?.read(session)) ?? []);
    return entries
      .filter(([, line]) => line >= from && line < to)
      .map(([, line, source]) => [asked === 0 ? 0 : session, line, source]);
  }

  /** The last `n` entries (all without `n`) that match a glob; with `unique` each source once. */
  async search(pattern: string, n: number | undefined, unique: boolean): Promise<HistoryEntry[]> {
    const matches = createGlob(pattern);
    let found = (await this.tail(-1)).filter(([, , source]) => matches(source));
    if (unique) found = [...new Map(found.map((entry) => [entry[2], entry])).values()].sort(byPlace);
    return n === undefined || n < 0 ? found : n === 0 ? [] : found.slice(-n);
  }

  close(): void {
    this.#files?.close();
  }

  #sessions(): number[] {
    const all = [...(this.#files?.earlier() ?? []), this.session];
    return [...new Set(all)].sort((a, b) => a - b);
  }

  async #read(session: number): Promise<HistoryEntry[]> {
    return session === this.session ? this.#own() : ((await this.#files?.read(session)) ?? []);
  }

  #own(): HistoryEntry[] {
    const { session } = this;
    return [...this.#sources].map(([line, source]) => [session, line, source]);
  }

  #forget(line: number): void {
    this.#sources.delete(line);
    this.#outputs.delete(line);
  }
}

const byPlace = (a: HistoryEntry, b: HistoryEntry): number => a[0] - b[0] || a[1] - b[1];

/** history_request → tail, range or search of what was run in the shell that was asked. */
export async function history(_context: Context, { message, shell }: Request): Promise<JsonObject> {
  const { content } = message;
  const whole = (name: string): number | undefined => {
    const value = content[name];
    return typeof value === "number" && Number.isFinite(value) ? Math.trunc(value) : undefined;
  };
  const { history: kept } = shell;
  const entries =
    content["hist_access_type"] === "range"
      ? await kept.range(whole("session") ?? 0, whole("start") ?? 1, whole("stop"))
      : content["hist_access_type"] === "search"
        ? await kept.search(text(content["pattern"], "*"), whole("n"), content["unique"] === true)
        : content["hist_access_type"] === "tail"
          ? await kept.tail(whole("n") ?? 10)
          : [];
  const withOutput = content["output"] === true;
  return {
    status: "ok",
    history: entries.map(([session, line, source]) => [
      session,
      line,
      withOutput ? [source, kept.outputOf(session, line)] : source,
    ]),
  };
}
