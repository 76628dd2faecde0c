import { GradlabError } from "../errors.js";
import { readText } from "./file.js";

/**
 * Reads a JSON file.
 *
 * @throws E_FILE_NOT_FOUND, or E_FILE_FORMAT with file:line:column of the first mistake
 * @example await readJson("config.json")
 */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(await readText(path), path);
}

/**
 * Parses JSON text; `file` only names it in errors.
 *
 * @throws E_FILE_FORMAT with file:line:column; duplicate keys count as a mistake
 * @example parseJson('{"a": 1,}', "x.json") // E_FILE_FORMAT … at: x.json:1:9
 */
export function parseJson(text: string, file: string): unknown {
  const fault = findFault(text);
  if (fault === undefined) return JSON.parse(text);
  const before = text.slice(0, fault.offset).split("\n");
  const column = (before.at(-1) ?? "").length + 1;
  throw new GradlabError("E_FILE_FORMAT", `${file} is not valid JSON: ${fault.why}.`, {
    where: { file, line: before.length, column },
    hint: "Correct the JSON at the place named above.",
    details: { file, line: before.length, column, offset: fault.offset },
  });
}

interface Fault {
  readonly offset: number;
  readonly why: string;
}

/** JSON.parse names no place for some mistakes, so the place is found by an own recogniser (RFC 8259). */
function findFault(text: string): Fault | undefined {
  try {
    new Recogniser(text).document();
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return { offset: error.offset, why: error.message };
    throw error;
  }
}

class Stop extends Error {
  constructor(
    readonly offset: number,
    why: string,
  ) {
    super(why);
  }
}

const MAX_DEPTH = 512;

/** Walks one JSON text; its life is the position. */
class Recogniser {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#stop(`nothing may follow the value, found ${this.#seen()}`);
  }

  #value(depth: number): void {
    if (depth > MAX_DEPTH) this.#stop("it is nested too deeply");
    this.#space();
    const next = this.#text[this.#at];
    if (next === "{") this.#members(depth);
    else if (next === "[") this.#elements(depth);
    else if (next === '"') this.#string();
    else if (!this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y))
      this.#stop(`expected a value, found ${this.#seen()}`);
  }

  #members(depth: number): void {
    const keys = new Set<string>();
    this.#list("}", () => {
      const start = this.#at;
      if (this.#text[start] !== '"') this.#stop(`expected a key in double quotes, found ${this.#seen()}`);
      const key = this.#string();
      if (keys.has(key)) throw new Stop(start, `the key ${key} occurs twice`);
      keys.add(key);
      this.#space();
      if (!this.#match(/:/y)) this.#stop(`expected ":", found ${this.#seen()}`);
      this.#value(depth + 1);
    });
  }

  #elements(depth: number): void {
    this.#list("]", () => this.#value(depth + 1));
  }

  #list(end: string, item: () => void): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === end) {
      this.#at++;
      return;
    }
    for (;;) {
      this.#space();
      item();
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== end) this.#stop(`expected "," or "${end}", found ${this.#seen()}`);
      this.#at++;
      if (next === end) return;
    }
  }

  #string(): string {
    const start = this.#at;
    // eslint-disable-next-line no-control-regex -- JSON forbids exactly these characters inside strings
    if (!this.#match(/"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y)) {
      const rest = this.#text.slice(start + 1).search(/["\n]/);
      if (rest === -1 || this.#text[start + 1 + rest] === "\n") this.#stop("a text is not closed");
      this.#stop("a text has a bad escape or control character");
    }
    return this.#text.slice(start, this.#at);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found) this.#at += found[0].length;
    return found !== null;
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #seen(): string {
    return this.#at < this.#text.length ? JSON.stringify(this.#text[this.#at]) : "the end of the file";
  }

  #stop(why: string): never {
    throw new Stop(this.#at, why);
  }
}
