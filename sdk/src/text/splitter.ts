import type { TracedText } from "./encodings/traced-text.js";

/** Cuts text into the words inside which tokens are found. `first` says whether the whole text begins here. */
export interface Splitter {
  readonly words: (text: string, first: boolean) => readonly string[];
  /** The same words with where they came from. */
  readonly traced: (text: TracedText, first: boolean) => readonly TracedText[];
}

/** A stretch of text: units from `start` to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const KEEP_WHOLE: Splitter = { words: (text) => [text], traced: (text) => [text] };

/** A splitter whose words are stretches of the text. */
export const splitterOf = (
  spansOf: (text: string) => readonly Span[],
  words = (text: string): readonly string[] => spansOf(text).map(({ start, end }) => text.slice(start, end)),
): Splitter => ({
  words,
  traced: (text) => spansOf(text.text).map(({ start, end }) => text.slice(start, end)),
});

/** The matches of a global pattern are the words, and what is between is left out. */
export const matchesOf = (pattern: RegExp): Splitter =>
  splitterOf(
    (text) =>
      Array.from(text.matchAll(pattern), ({ 0: match, index }) => ({
        start: index,
        end: index + match.length,
      })),
    (text) => text.match(pattern) ?? [],
  );

/** One splitter on what another one cut. */
export function inTurnSplitting(all: readonly Splitter[]): Splitter {
  const splitters = all.filter((split) => split !== KEEP_WHOLE);
  if (splitters.length < 2) return splitters[0] ?? KEEP_WHOLE;
  return {
    words: (text, first) =>
      splitters.reduce<readonly string[]>(
        (pieces, { words }) =>
          pieces.length === 1 && pieces[0] === text
            ? words(text, first)
            : pieces.flatMap((piece, i) => words(piece, first && i === 0 && text.startsWith(piece))),
        [text],
      ),
    traced: (text, first) =>
      splitters.reduce<readonly TracedText[]>(
        (pieces, { traced }) =>
          pieces.flatMap((piece, i) => traced(piece, first && i === 0 && text.text.startsWith(piece.text))),
        [text],
      ),
  };
}
