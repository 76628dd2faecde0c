import type { CompletionRow } from "./dataset-card.js";
import { shuffleByHash } from "./hash.js";
import type { Synset } from "./sources/wordnet.js";

/**
 * Lexicographer files of nouns → the class name a learner reads. Three of the 26 are left out: the tops of the hierarchy (51
 * entries), motives (42) and shapes (341).
 */
export const CLASSES: Readonly<Record<number, string>> = {
  4: "act",
  5: "animal",
  6: "artifact",
  7: "attribute",
  8: "body",
  9: "thought",
  10: "communication",
  11: "event",
  12: "feeling",
  13: "food",
  14: "group",
  15: "place",
  17: "object",
  18: "person",
  19: "phenomenon",
  20: "plant",
  21: "possession",
  22: "process",
  23: "quantity",
  24: "relation",
  26: "state",
  27: "substance",
  28: "time",
};

/**
 * Definitions to be sorted into classes. The test part holds only entries that pre-training did not see: those held out at random,
 * and as far as they are few, those of held-out fields. The training part is of entries that it saw, but for classes that are held
 * out as a whole.
 */
export function classifyGlosses(
  seen: readonly Synset[],
  unseen: { readonly general: readonly Synset[]; readonly fields: readonly Synset[] },
  options: { readonly trainPerClass: number; readonly testPerClass: number; readonly seed: number },
): { train: CompletionRow[]; test: CompletionRow[] } {
  const shuffled = (synsets: readonly Synset[]): readonly Synset[] =>
    shuffleByHash(synsets, ({ id }) => id, options.seed);
  const pick = (synsets: readonly Synset[], perClass: number, exclude: ReadonlySet<string>): Synset[] =>
    Object.keys(CLASSES).flatMap((lexFile) => {
      const members = synsets.filter(
        (synset) => synset.lexFile === Number(lexFile) && !exclude.has(key(synset)),
      );
      return [...new Map(members.map((synset) => [key(synset), synset])).values()].slice(0, perClass);
    });
  const rows = (synsets: readonly Synset[]): CompletionRow[] =>
    shuffleByHash(synsets.map(glossRow), ({ prompt }) => prompt, options.seed);
  const heldOut = [...shuffled(unseen.general), ...shuffled(unseen.fields)];
  const test = pick(heldOut, options.testPerClass, new Set());
  const general = new Set(unseen.general.map(key));
  const train = pick(
    [...shuffled(seen), ...shuffled(unseen.fields)],
    options.trainPerClass,
    new Set([...general, ...test.map(key)]),
  );
  return { train: rows(train), test: rows(test) };
}

const glossRow = ({ definition, lexFile }: Synset): CompletionRow => ({
  prompt: `${definition}\nKind:`,
  completion: ` ${CLASSES[lexFile]}`,
});

const key = ({ definition }: Synset): string => definition.toLowerCase();
