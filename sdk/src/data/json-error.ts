/** Where and why a text stops being JSON. */
export interface JsonError {
  /** Counted from 0 in UTF-16 units. */
  readonly position: number;
  readonly expected: string;
}

/**
 * Finds the first place where a text breaks the grammar of JSON (RFC 8259). JSON.parse says it in words that
 * differ from version to version and often without the position.
 */
export function findJsonError(text: string): JsonError | undefined {
  const scanner = new JsonScanner(text);
  try {
    scanner.document();
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return { position: error.position, expected: error.expected };
    throw error;
  }
}

class Stop extends Error {
  constructor(
    readonly position: number,
    readonly expected: string,
  ) {
    super(expected);
  }
}

const MAX_DEPTH = 1000;

class JsonScanner {
  #at = 0;
  #depth = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    this.#blank();
    if (this.#at < this.#text.length) this.#stop("the end of the value");
  }

  #value(): void {
    this.#blank();
    const char = this.#text[this.#at];
    if (char === "{") this.#list("}", () => this.#member());
    else if (char === "[") this.#list("]", () => this.#value());
    else if (char === '"') this.#string();
    else if (!this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y))
      this.#stop("a value");
  }

  #member(): void {
    this.#blank();
    if (this.#text[this.#at] !== '"') this.#stop("a field name in double quotes");
    this.#string();
    this.#blank();
    if (this.#text[this.#at] !== ":") this.#stop('":" after the field name');
    this.#at++;
    this.#value();
  }

  #list(close: string, item: () => void): void {
    if (++this.#depth > MAX_DEPTH) this.#stop(`at most ${MAX_DEPTH} levels of nesting`);
    this.#at++;
    this.#blank();
    if (this.#text[this.#at] !== close) {
      for (;;) {
        item();
        this.#blank();
        if (this.#text[this.#at] !== ",") break;
        this.#at++;
      }
      if (this.#text[this.#at] !== close) this.#stop(`"," or "${close}"`);
    }
    this.#at++;
    this.#depth--;
  }

  #string(): void {
    this.#at++;
    // oxlint-disable-next-line no-control-regex -- control characters are what JSON forbids here
    this.#match(/(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y);
    if (this.#text[this.#at] !== '"')
      this.#stop(
        this.#at >= this.#text.length ? 'the closing " of a string' : "a valid character of a string",
      );
    this.#at++;
  }

  #blank(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found !== undefined;
  }

  #stop(expected: string): never {
    throw new Stop(this.#at, expected);
  }
}
