import { type JsonObject, text } from "../wire/index.js";
import type { Context, Request } from "./context.js";

type Entry = readonly [session: number, line: number, source: string];

/** How many inputs are kept. */
const KEPT = 10_000;

/** The inputs of this session, newest last. */
export class History {
  readonly #entries: Entry[] = [];

  add(line: number, source: string): void {
    this.#entries.push([0, line, source]);
    if (this.#entries.length > KEPT) this.#entries.shift();
  }

  /** The last `n` entries. */
  tail(n: number): Entry[] {
    return n > 0 ? this.#entries.slice(-n) : [];
  }

  /** Lines from `start` up to, not including, `stop`. */
  range(start: number, stop: number): Entry[] {
    return this.#entries.filter(([, line]) => line >= start && line < stop);
  }

  /** Entries that match a glob of `*` and `?`; with `unique` each source once. */
  search(pattern: string, n: number, unique: boolean): Entry[] {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, "[^]*")
      .replace(/\?/g, "[^]");
    const matcher = new RegExp(`^${source}$`);
    let found = this.#entries.filter(([, , text]) => matcher.test(text));
    if (unique) found = [...new Map(found.map((entry) => [entry[2], entry])).values()];
    return n > 0 ? found.slice(-n) : found;
  }
}

/** history_request → tail, range or search of this session's inputs. */
export function history(context: Context, { message }: Request): JsonObject {
  const { content } = message;
  const number = (name: string, fallback: number): number => {
    const value = content[name];
    return typeof value === "number" ? value : fallback;
  };
  const entries =
    content["hist_access_type"] === "range"
      ? context.history.range(number("start", 0), number("stop", Infinity))
      : content["hist_access_type"] === "search"
        ? context.history.search(text(content["pattern"], "*"), number("n", 0), content["unique"] === true)
        : context.history.tail(number("n", 10));
  const output = content["output"] === true;
  return {
    status: "ok",
    history: entries.map(([session, line, source]) => [session, line, output ? [source, null] : source]),
  };
}
