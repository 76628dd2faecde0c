import type { Document } from "./document.js";
import { hashText } from "./hash.js";

export interface DedupCounts {
  documentsIn: number;
  exactDocuments: number;
  nearDocuments: number;
  repeatedLines: number;
}

const SKETCH_SIZE = 32;
const NEAR = 0.8;
const MIN_LINE = 60;

/**
 * Removes what was seen before: whole documents (exact, or near by a bottom-k sketch of word 5-grams with an
 * estimated Jaccard similarity of at least 0.8) and, outside code, long lines that differ only in case, digits
 * and punctuation. What was given to `see` counts as seen.
 */
export class Deduplicator {
  readonly counts: DedupCounts = { documentsIn: 0, exactDocuments: 0, nearDocuments: 0, repeatedLines: 0 };
  readonly #documents = new Set<string>();
  readonly #lines = new Set<string>();
  readonly #sketches: Uint32Array[] = [];
  readonly #holders = new Map<number, number[]>();

  see(document: Document): void {
    this.#accept(document);
  }

  /** The document without what is a repetition, or undefined when all of it is. */
  clean(document: Document): Document | undefined {
    this.counts.documentsIn++;
    if (this.#documents.has(canonical(document.text))) {
      this.counts.exactDocuments++;
      return undefined;
    }
    if (document.kind !== "entry" && this.#isNear(sketch(document.text))) {
      this.counts.nearDocuments++;
      return undefined;
    }
    const text = document.kind === "code" ? document.text : this.#dropLines(document.text);
    this.#accept(document);
    return text.trim() === "" ? undefined : { ...document, text };
  }

  #dropLines(text: string): string {
    const lines = text.split("\n");
    const kept = lines.filter((line) => {
      const key = canonical(line);
      return key.length < MIN_LINE || !this.#lines.has(key);
    });
    this.counts.repeatedLines += lines.length - kept.length;
    return kept.join("\n");
  }

  #accept(document: Document): void {
    this.#documents.add(canonical(document.text));
    for (const line of document.text.split("\n")) {
      const key = canonical(line);
      if (key.length >= MIN_LINE) this.#lines.add(key);
    }
    if (document.kind === "entry") return;
    const hashes = sketch(document.text);
    const index = this.#sketches.push(hashes) - 1;
    for (const hash of hashes) {
      const holders = this.#holders.get(hash);
      if (holders === undefined) this.#holders.set(hash, [index]);
      else if (holders.length < 64) holders.push(index);
    }
  }

  #isNear(hashes: Uint32Array): boolean {
    if (hashes.length < SKETCH_SIZE) return false;
    const shared = new Map<number, number>();
    for (const hash of hashes)
      for (const index of this.#holders.get(hash) ?? []) shared.set(index, (shared.get(index) ?? 0) + 1);
    return [...shared.values()].some((count) => count / SKETCH_SIZE >= NEAR);
  }
}

function canonical(text: string): string {
  return text
    .toLowerCase()
    .replace(/\d+/g, "0")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

function sketch(text: string): Uint32Array {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const hashes = new Set<number>();
  for (let i = 0; i + 5 <= words.length; i++) hashes.add(hashText(words.slice(i, i + 5).join(" ")));
  return Uint32Array.from(hashes).sort().slice(0, SKETCH_SIZE);
}
