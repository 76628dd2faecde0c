/** A character of changed text: 0 takes the place of the next character before, 1 is new, −n takes its place and swallows n more. */
export type Change = readonly [char: string, change: number];

/**
 * Text that was changed, and for each of its UTF-16 units the stretch of the original text it stands for. Both halves of a
 * surrogate pair stand for the whole pair; what is new stands for what lies before it.
 *
 * @source Hugging Face tokenizers, `NormalizedString` (there by bytes)
 */
export class TracedText {
  readonly text: string;
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;

  constructor(text: string, starts: Int32Array, ends: Int32Array) {
    this.text = text;
    this.#starts = starts;
    this.#ends = ends;
  }

  /** Text as it is. */
  static of(text: string): TracedText {
    const starts = new Int32Array(text.length);
    const ends = new Int32Array(text.length);
    for (let at = 0; at < text.length;) {
      const end = at + sizeAt(text, at);
      starts.fill(at, at, end);
      ends.fill(end, at, end);
      at = end;
    }
    return new TracedText(text, starts, ends);
  }

  slice(from: number, to: number): TracedText {
    if (from === 0 && to === this.text.length) return this;
    const [starts, ends] = [this.#starts.subarray(from, to), this.#ends.subarray(from, to)];
    return new TracedText(this.text.slice(from, to), starts, ends);
  }

  /** The stretch of the original that units `from` to `to` stand for. */
  spanOf(from: number, to: number): readonly [start: number, end: number] {
    return [this.#starts[from], this.#ends[Math.max(from, to - 1)]];
  }

  /** New text in front, which stands for the first character. */
  prepend(before: string): TracedText {
    if (this.text === "") return this;
    const grown = new Growing(before.length + this.text.length);
    grown.push(before, this.#starts[0], this.#ends[0]);
    this.#copy(grown, 0, this.text.length);
    return grown.finish();
  }

  /** Each match of a global pattern replaced; the new text stands for the match's last character. */
  rewrite(pattern: RegExp, content: (match: string) => string): TracedText {
    const matches = [...this.text.matchAll(pattern)];
    if (matches.length === 0) return this;
    const grown = new Growing(this.text.length + 16);
    let end = 0;
    for (const { 0: match, index } of matches) {
      this.#copy(grown, end, index);
      end = index + match.length;
      grown.push(content(match), ...this.#before(end));
    }
    this.#copy(grown, end, this.text.length);
    return grown.finish();
  }

  /** All characters changed, in order, behind `skipped` that are left out. */
  transform(changes: Iterable<Change>, skipped = 0): TracedText {
    const grown = new Growing(this.text.length);
    let at = this.#after(0, skipped);
    for (const [char, change] of changes) {
      const replaces = change <= 0 && at < this.text.length;
      grown.push(char, ...(replaces ? ([this.#starts[at], this.#ends[at]] as const) : this.#before(at)));
      if (replaces) at = this.#after(at, 1 - change);
    }
    return grown.finish();
  }

  /** The place that many characters further on. */
  #after(at: number, characters: number): number {
    for (let n = characters; n > 0 && at < this.text.length; n--) at += sizeAt(this.text, at);
    return at;
  }

  #before(at: number): readonly [start: number, end: number] {
    const first = this.#starts[0] ?? 0;
    return at > 0 ? [this.#starts[at - 1], this.#ends[at - 1]] : [first, first];
  }

  #copy(grown: Growing, from: number, to: number): void {
    grown.append(this.text.slice(from, to), this.#starts.subarray(from, to), this.#ends.subarray(from, to));
  }
}

/** Text and stretches while they are put together. */
class Growing {
  #parts: string[] = [];
  #length = 0;
  #starts: Int32Array;
  #ends: Int32Array;

  constructor(capacity: number) {
    this.#starts = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
  }

  /** Text all of which stands for one stretch. */
  push(text: string, start: number, end: number): void {
    const from = this.#reserve(text);
    this.#starts.fill(start, from, this.#length);
    this.#ends.fill(end, from, this.#length);
  }

  append(text: string, starts: Int32Array, ends: Int32Array): void {
    const from = this.#reserve(text);
    this.#starts.set(starts, from);
    this.#ends.set(ends, from);
  }

  finish(): TracedText {
    const [starts, ends] = [this.#starts, this.#ends].map((all) => all.subarray(0, this.#length));
    return new TracedText(this.#parts.join(""), starts, ends);
  }

  /** Makes room, and gives where it begins. */
  #reserve(text: string): number {
    const from = this.#length;
    this.#parts.push(text);
    this.#length += text.length;
    if (this.#length <= this.#starts.length) return from;
    const size = Math.max(this.#length, this.#starts.length * 2);
    [this.#starts, this.#ends] = [this.#starts, this.#ends].map((all) => {
      const larger = new Int32Array(size);
      larger.set(all.subarray(0, from));
      return larger;
    });
    return from;
  }
}

/** Units of the character at a place. */
const sizeAt = (text: string, at: number): number => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
