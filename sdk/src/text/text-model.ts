import type { IdBuffer } from "./id-buffer.js";
import type { Splitter } from "./splitter.js";

/** What kinds of tokenizers differ in: words and their ids. */
export interface TextModel {
  readonly splitter: Splitter;
  /** Puts the ids of normalized text into `out`; `first` where it begins the whole. */
  readonly encode: (text: string, out: IdBuffer, first: boolean) => void;
  readonly traceWord: (word: string) => TracedWord;
}

/** The ids of a word, and where they lie in it. */
export interface TracedWord {
  readonly ids: ArrayLike<number>;
  /** The first unit and the one behind the last, of each id; tokens that spell one character with bytes lie in the same place. */
  readonly places: ArrayLike<number>;
}
