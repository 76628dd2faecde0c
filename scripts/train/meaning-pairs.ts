import { assembleCorpus, type Corpus } from "../corpus/assemble.js";
import type { Document } from "../corpus/document.js";
import { shuffleByHash } from "../corpus/hash.js";
import type { Synset } from "../corpus/sources/wordnet.js";

/** Two texts that say the same, or stand beside each other. */
export type Pair = readonly [string, string];

export interface MeaningPairs {
  readonly train: readonly Pair[];
  /** At most a thousand words and their definitions of each domain; neither masked nor contrastive training has read them. */
  readonly heldOut: Readonly<Record<string, readonly Pair[]>>;
}

const SEED = 31;
const NEIGHBOURS = 60_000;
const HELD_OUT = 1000;
const SENTENCE = { least: 30, most: 160 };

/** A word and its definition, a use of it and the definition, and sentences that follow each other. */
export function meaningPairs(cacheFolder: string): MeaningPairs {
  const corpus = assembleCorpus(cacheFolder);
  const synsets = new Map(corpus.synsets.map((synset) => [synset.id, synset]));
  const open = entriesOf(corpus.train, synsets);
  const pairs = [
    ...open.map(wordAndMeaning),
    ...open.flatMap(({ examples, definition }) => examples.slice(0, 1).map((use): Pair => [use, definition])),
    ...neighbours(corpus),
  ];
  const heldOut = [...corpus.heldOut].map(([domain, documents]) => [
    domain,
    shuffleByHash(entriesOf(documents, synsets), ({ id }) => id, SEED)
      .slice(0, HELD_OUT)
      .map(wordAndMeaning),
  ]);
  return {
    train: shuffleByHash(pairs, ([a, b]) => `${a}|${b}`, SEED),
    heldOut: Object.fromEntries(heldOut) as MeaningPairs["heldOut"],
  };
}

const wordAndMeaning = ({ words, definition }: Synset): Pair => [words.slice(0, 3).join(", "), definition];

function entriesOf(documents: readonly Document[], synsets: ReadonlyMap<string, Synset>): Synset[] {
  return documents.flatMap(({ source, id }) => (source === "wordnet" ? (synsets.get(id) ?? []) : []));
}

function neighbours({ train }: Corpus): Pair[] {
  const pairs = train
    .filter(({ kind }) => kind === "prose")
    .flatMap(({ text }) => {
      const sentences = text.replace(/\s+/g, " ").split(/(?<=[.!?]) (?=[A-Z])/);
      return sentences.slice(1).map((sentence, i): Pair => [sentences[i], sentence]);
    })
    .filter((pair) => pair.every(({ length }) => length >= SENTENCE.least && length <= SENTENCE.most));
  return shuffleByHash(pairs, ([a, b]) => `${a}|${b}`, SEED + 1).slice(0, NEIGHBOURS);
}
