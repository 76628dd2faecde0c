import { withoutShared } from "./contamination.js";
import { Deduplicator, type DedupCounts } from "./deduplicate.js";
import type { Document } from "./document.js";
import { entryDocuments } from "./entries.js";
import { shuffleByHash } from "./hash.js";
import { readCode } from "./sources/code.js";
import { readPostgresManual, readPythonDocs } from "./sources/manuals.js";
import { readBible, readBooks } from "./sources/prose.js";
import { assignDomains, type Domain } from "./sources/wordnet-domains.js";
import { readSynsets, type Synset } from "./sources/wordnet.js";

export interface Corpus {
  readonly train: readonly Document[];
  /** "general" (1 % of the documents of every source) and the held-out domains. */
  readonly heldOut: ReadonlyMap<string, readonly Document[]>;
  readonly synsets: readonly Synset[];
  /** Held-out documents dropped because much of their text also stands in the training set. */
  readonly heldOutDropped: Readonly<Record<string, number>>;
  readonly dedup: DedupCounts;
}

const HOLD_OUT_SHARE = 0.01;
const HOLD_OUT_SEED = 1;
const ORDER_SEED = 2;

/** Reads every source, holds out, removes repetitions and puts the training documents in a fixed mixed order. */
export function assembleCorpus(cacheFolder: string): Corpus {
  const synsets = readSynsets(cacheFolder);
  const { open, heldOut: domains } = entryDocuments(synsets, assignDomains(synsets));
  const documents = [
    ...open,
    ...readBooks(cacheFolder),
    ...readBible(cacheFolder),
    ...readPythonDocs(cacheFolder),
    ...readPostgresManual(cacheFolder),
    ...readCode(cacheFolder),
  ];
  const { kept, general } = holdOut(documents);
  const deduplicator = new Deduplicator();
  const heldOut = new Map<Domain | "general", Document[]>([["general", general], ...domains]);
  for (const set of heldOut.values()) for (const document of set) deduplicator.see(document);
  const train = kept.flatMap((document) => deduplicator.clean(document) ?? []);
  const keyOf = ({ source, id }: Document): string => `${source}/${id}`;
  const clean = withoutShared(heldOut, train, { n: 8, share: 0.2 });
  return {
    train: shuffleByHash(train, keyOf, ORDER_SEED),
    heldOut: clean.kept,
    heldOutDropped: clean.dropped,
    synsets,
    dedup: deduplicator.counts,
  };
}

function holdOut(documents: readonly Document[]): { kept: Document[]; general: Document[] } {
  const bySource = new Map<string, Document[]>();
  for (const document of documents) {
    const group = bySource.get(document.source);
    if (group === undefined) bySource.set(document.source, [document]);
    else group.push(document);
  }
  const chosen = new Set<Document>();
  for (const group of bySource.values()) {
    const count = Math.ceil(group.length * HOLD_OUT_SHARE);
    for (const document of shuffleByHash(group, ({ id }) => id, HOLD_OUT_SEED).slice(0, count))
      chosen.add(document);
  }
  return {
    kept: documents.filter((document) => !chosen.has(document)),
    general: documents.filter((document) => chosen.has(document)),
  };
}
