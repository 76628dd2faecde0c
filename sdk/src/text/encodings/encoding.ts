/** What is known of each token, one number a token. */
export interface Columns {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly words: Int32Array;
  readonly types: Int32Array;
  /** 0 for the first text, 1 for the second, −1 for what is of neither. */
  readonly sequences: Int32Array;
  readonly special: Int32Array;
  readonly attention: Int32Array;
}

/** Columns made one by one. */
export const columnsOf = (make: (name: keyof Columns) => Int32Array): Columns => ({
  ids: make("ids"),
  starts: make("starts"),
  ends: make("ends"),
  words: make("words"),
  types: make("types"),
  sequences: make("sequences"),
  special: make("special"),
  attention: make("attention"),
});

/** A stretch of a text: text.slice(start, end). */
export type Offsets = readonly [start: number, end: number];

/**
 * A text as tokens, with what models and their users ask beside the ids. Offsets count UTF-16 units, as JavaScript's strings do:
 * `text.slice(...encoding.offsets[i])` is what token i stands for. Tokens of the template and padding have the offsets [0, 0].
 *
 * @source Hugging Face tokenizers, `Encoding` (whose offsets count code points)
 * @example
 * const words = Tokenizer.train(["low low low lower lowest"], { vocabSize: 261 });
 * const encoding = words.encodeWithOffsets("low lower");
 * encoding.offsets.map(([start, end]) => "low lower".slice(start, end)) // ["low"," low","e","r"]
 */
export class Encoding {
  /** Parts of a text that truncation cut off, each within the length; empty without truncation. */
  readonly overflowing: readonly Encoding[];
  readonly #columns: Columns;
  readonly #tokenOf: (id: number) => string;

  constructor(columns: Columns, tokenOf: (id: number) => string, overflowing: readonly Encoding[] = []) {
    this.#columns = columns;
    this.#tokenOf = tokenOf;
    this.overflowing = overflowing;
  }

  /** How many tokens there are. */
  get length(): number {
    return this.ids.length;
  }

  get ids(): Int32Array {
    return this.#columns.ids;
  }

  /** The stored forms of the ids, such as "Ġthe" or "##ing". */
  get tokens(): readonly string[] {
    return Array.from(this.ids, this.#tokenOf);
  }

  get offsets(): readonly Offsets[] {
    return Array.from(this.ids, (_, i) => [this.#columns.starts[i], this.#columns.ends[i]]);
  }

  /** Which word of its text a token belongs to, as the pre-tokenizer cut it; −1 for tokens of the template and padding. */
  get words(): Int32Array {
    return this.#columns.words;
  }

  /** As the template says, mostly 0 for the first text and 1 for the second. */
  get typeIds(): Int32Array {
    return this.#columns.types;
  }

  /** 0 for the first text, 1 for the second, −1 for tokens of the template and padding. */
  get sequences(): Int32Array {
    return this.#columns.sequences;
  }

  /** 1 for tokens that the template or padding put there. */
  get specialTokensMask(): Int32Array {
    return this.#columns.special;
  }

  /** 0 for padding, 1 for the rest. */
  get attentionMask(): Int32Array {
    return this.#columns.attention;
  }

  /** The token that holds a unit of the first text (of the second with `sequence` 1); undefined where none does. */
  charToToken(at: number, sequence = 0): number | undefined {
    const { starts, ends, sequences } = this.#columns;
    const found = this.ids.findIndex((_, i) => sequences[i] === sequence && starts[i] <= at && at < ends[i]);
    return found < 0 ? undefined : found;
  }

  /** The stretch of its text that a token stands for; undefined for tokens of the template and padding. */
  tokenToChars(token: number): Offsets | undefined {
    const { starts, ends, sequences } = this.#columns;
    return (sequences[token] ?? -1) < 0 ? undefined : [starts[token], ends[token]];
  }

  /** Tokens `from` to `to`, without what overflows. */
  slice(from: number, to: number): Encoding {
    return new Encoding(
      columnsOf((name) => this.#columns[name].slice(from, to)),
      this.#tokenOf,
    );
  }

  /** The same tokens with other columns. */
  with(changed: Partial<Columns>, overflowing = this.overflowing): Encoding {
    return new Encoding({ ...this.#columns, ...changed }, this.#tokenOf, overflowing);
  }

  /** All tokens of both. */
  concat(other: Encoding, overflowing: readonly Encoding[] = []): Encoding {
    return new Encoding(
      columnsOf((name) => {
        const both = new Int32Array(this.length + other.length);
        both.set(this.#columns[name]);
        both.set(other.#columns[name], this.length);
        return both;
      }),
      this.#tokenOf,
      overflowing,
    );
  }
}
