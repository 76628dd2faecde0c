import type { Node, Statement } from "./syntax.js";
import { patternNames } from "./syntax.js";

/** Replaces script[start, end) by `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text put together from copied and new pieces that remembers where each copied one came from. */
export class Pieces {
  readonly #script: string;
  readonly #edits: readonly Edit[];
  readonly table: [number, number, number][] = [];
  text = "";

  constructor(script: string, edits: readonly Edit[]) {
    this.#script = script;
    this.#edits = [...edits].sort((a, b) => a.start - b.start);
  }

  add(text: string): void {
    this.text += text;
  }

  /** Lets the next added text count as coming from `offset`. */
  mark(offset: number): void {
    this.table.push([this.text.length, offset, 1]);
  }

  /** Copies script[start, end), with the edits that lie inside. */
  copy(start: number, end: number): void {
    let at = start;
    for (const edit of this.#edits) {
      if (edit.start < at || edit.end > end || edit.start < start) continue;
      this.#raw(at, edit.start);
      this.text += edit.text;
      at = edit.end;
    }
    this.#raw(at, end);
  }

  /** `const a = 1, { b } = c;` → `(a = 1, { b } = c);` */
  declaration(statement: Statement): void {
    const parts = (statement["declarations"] as Node[]).filter(
      (one) => one["init"] !== null || statement["kind"] !== "var",
    );
    if (parts.length === 0) return;
    this.add("(");
    parts.forEach((one, i) => {
      if (i > 0) this.add(", ");
      if (one["init"] !== null) this.copy(one.start, one.end);
      else this.add(`${patternNames(one["id"] as Node)[0]} = undefined`);
    });
    this.add(");");
  }

  #raw(start: number, end: number): void {
    if (end <= start) return;
    this.table.push([this.text.length, start, end - start]);
    this.text += this.#script.slice(start, end);
  }
}
