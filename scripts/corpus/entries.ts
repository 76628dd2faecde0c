import type { Document } from "./document.js";
import type { Domain } from "./sources/wordnet-domains.js";
import type { Synset } from "./sources/wordnet.js";

/** "violin : bowed stringed instrument…; "she played the violin"" and, on a second line, its synonyms. */
export function entryText(synset: Synset): string {
  const [word, ...synonyms] = synset.words;
  const examples = synset.examples.map((example) => `; "${example}"`).join("");
  const also = synonyms.length > 0 ? `\nalso : ${synonyms.join(", ")}` : "";
  return `${word} : ${synset.definition}${examples}${also}`;
}

// Insults are left out: nobody wants them as a completion.
export const INSULT =
  /ethnic slur|offensive (?:term|name|word)|obscene|disparag|derogatory (?:term|name|word)/i;

export function entryDocuments(
  synsets: readonly Synset[],
  domains: ReadonlyMap<string, Domain>,
): { open: Document[]; heldOut: Map<Domain, Document[]> } {
  const open: Document[] = [];
  const heldOut = new Map<Domain, Document[]>([
    ["medical", []],
    ["legal", []],
    ["finance", []],
  ]);
  for (const synset of synsets) {
    if (INSULT.test(synset.definition)) continue;
    const domain = domains.get(synset.id);
    const document = { source: "wordnet", id: synset.id, kind: "entry" as const, text: entryText(synset) };
    if (domain === undefined) open.push(document);
    else heldOut.get(domain)?.push(document);
  }
  return { open, heldOut };
}
