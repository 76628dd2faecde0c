import type { Document } from "./document.js";
import { hashText } from "./hash.js";

export interface Contamination {
  /** Words, or characters, in a row that must agree. */
  readonly n: number;
  readonly ngrams: number;
  /** n-grams of the held-out text that occur in the training text. */
  readonly shared: number;
  readonly documents: number;
  readonly documentsTouched: number;
  /** Documents of which more than half of the n-grams occur in the training text. */
  readonly documentsMostlyShared: number;
}

/** A text as the units that n-grams are made of. */
type Units = (text: string) => readonly string[];

const wordsOf: Units = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

/** For Chinese, which has no spaces between words. */
export const charactersOf: Units = (text) => text.match(/[\p{L}\p{N}]/gu) ?? [];

function ngramHashes(text: string, n: number, unitsOf: Units): number[] {
  const ids = unitsOf(text).map((unit) => hashText(unit));
  const hashes: number[] = [];
  for (let i = 0; i + n <= ids.length; i++) {
    // 53 bits of two hashes: collisions among some ten million n-grams are improbable.
    let low = 7;
    let high = 11;
    for (let j = i; j < i + n; j++) {
      low = Math.imul(low ^ ids[j], 0x01000193) + j - i;
      high = Math.imul(high ^ ids[j], 0x85ebca6b) ^ (high >>> 15);
    }
    hashes.push((low >>> 0) + (high & 0xfffff) * 2 ** 32);
  }
  return hashes;
}

/** How many of a document's n-grams occur in the training text. */
interface Overlap {
  readonly ngrams: number;
  readonly shared: number;
}

type HeldOut = ReadonlyMap<string, readonly Document[]>;

function overlaps(
  heldOut: HeldOut,
  train: Iterable<Document>,
  n: number,
  unitsOf: Units = wordsOf,
): Map<Document, Overlap> {
  const wanted = new Map<number, boolean>();
  for (const documents of heldOut.values())
    for (const { text } of documents)
      for (const hash of ngramHashes(text, n, unitsOf)) wanted.set(hash, false);
  for (const { text } of train)
    for (const hash of ngramHashes(text, n, unitsOf)) if (wanted.get(hash) === false) wanted.set(hash, true);
  const counted = [...heldOut.values()].flat().map((document): [Document, Overlap] => {
    const hashes = ngramHashes(document.text, n, unitsOf);
    return [document, { ngrams: hashes.length, shared: hashes.filter((hash) => wanted.get(hash)).length }];
  });
  return new Map(counted);
}

/** Drops held-out documents of which more than `share` of the n-grams occur in the training text. */
export function withoutShared(
  heldOut: HeldOut,
  train: readonly Document[],
  { n, share }: { readonly n: number; readonly share: number },
): { kept: Map<string, Document[]>; dropped: Record<string, number> } {
  const found = overlaps(heldOut, train, n);
  const kept = new Map<string, Document[]>();
  const dropped: Record<string, number> = {};
  for (const [name, documents] of heldOut) {
    const clean = documents.filter((document) => {
      const { ngrams, shared } = found.get(document) ?? { ngrams: 0, shared: 0 };
      return shared <= share * ngrams;
    });
    kept.set(name, clean);
    dropped[name] = documents.length - clean.length;
  }
  return { kept, dropped };
}

/** Counts how much of each held-out set occurs word for word, or character for character, in the training documents. */
export function measureContamination(
  heldOut: HeldOut,
  train: Iterable<Document>,
  n: number,
  unitsOf: Units = wordsOf,
): Record<string, Contamination> {
  const found = overlaps(heldOut, train, n, unitsOf);
  const entries = [...heldOut].map(([name, documents]): [string, Contamination] => {
    const counts = documents.map((document) => found.get(document) ?? { ngrams: 0, shared: 0 });
    return [
      name,
      {
        n,
        ngrams: counts.reduce((sum, { ngrams }) => sum + ngrams, 0),
        shared: counts.reduce((sum, { shared }) => sum + shared, 0),
        documents: documents.length,
        documentsTouched: counts.filter(({ shared }) => shared > 0).length,
        documentsMostlyShared: counts.filter(({ ngrams, shared }) => shared * 2 > ngrams).length,
      },
    ];
  });
  return Object.fromEntries(entries);
}
