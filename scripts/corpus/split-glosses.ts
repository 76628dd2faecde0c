import type { CompletionRow } from "./dataset-card.js";
import { hashText, shuffleByHash } from "./hash.js";
import type { Synset } from "./sources/wordnet.js";

/** "pneumonia :" → " respiratory disease characterized by …" */
export function glossRow({ words, definition }: Synset): CompletionRow {
  return { prompt: `${words[0]} :`, completion: ` ${definition}` };
}

const SHARED_WORDS = 8;

/**
 * Splits glosses by headword, so that no word and no definition of the test part, nor eight words in a row of
 * one, occurs in the training part; what would leak moves to the training part.
 */
export function splitGlosses(
  synsets: readonly Synset[],
  options: { readonly testShare: number; readonly limit: number; readonly seed: number },
): { train: CompletionRow[]; test: CompletionRow[] } {
  const chosen = shuffleByHash(synsets, ({ id }) => id, options.seed).slice(0, options.limit);
  const inTest = (synset: Synset): boolean =>
    hashText(synset.words[0].toLowerCase(), options.seed + 1) / 2 ** 32 < options.testShare;
  const train = chosen.filter((synset) => !inTest(synset));
  let test = chosen.filter(inTest);
  // What moves to the training part may in turn hold phrases of what is left.
  for (let moved = -1; moved !== 0;) {
    const known = new Set(train.flatMap((synset) => [...phrases(synset), ...synset.words.map(lower)]));
    const leaking = test.filter((synset) =>
      [...phrases(synset), ...synset.words.map(lower)].some((phrase) => known.has(phrase)),
    );
    train.push(...leaking);
    test = test.filter((synset) => !leaking.includes(synset));
    moved = leaking.length;
  }
  return { train: train.map(glossRow), test: test.map(glossRow) };
}

function lower(word: string): string {
  return `word ${word.toLowerCase()}`;
}

function phrases({ definition }: Synset): string[] {
  const words = definition.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < SHARED_WORDS) return [words.join(" ")];
  return Array.from({ length: words.length - SHARED_WORDS + 1 }, (_, i) =>
    words.slice(i, i + SHARED_WORDS).join(" "),
  );
}
