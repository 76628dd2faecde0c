import type { CompletionRow } from "./dataset-card.js";
import { shuffleByHash } from "./hash.js";
import type { Synset } from "./sources/wordnet.js";

/** Lexicographer files with enough held-out entries → the class name a learner reads. */
export const CLASSES: Readonly<Record<number, string>> = {
  4: "act",
  5: "animal",
  6: "artifact",
  7: "attribute",
  9: "thought",
  10: "communication",
  13: "food",
  14: "group",
  15: "place",
  18: "person",
  20: "plant",
  27: "substance",
};

/** Definitions to be sorted into 12 classes; the test part holds only entries that pre-training did not see. */
export function classifyGlosses(
  seen: readonly Synset[],
  unseen: readonly Synset[],
  options: { readonly trainPerClass: number; readonly testPerClass: number; readonly seed: number },
): { train: CompletionRow[]; test: CompletionRow[] } {
  const pick = (
    synsets: readonly Synset[],
    perClass: number,
    exclude: ReadonlySet<string>,
  ): CompletionRow[] => {
    const rows = Object.entries(CLASSES).flatMap(([lexFile, label]) =>
      shuffleByHash(
        synsets.filter((synset) => synset.lexFile === Number(lexFile) && !exclude.has(key(synset))),
        ({ id }) => id,
        options.seed,
      )
        .filter((synset, index, all) => all.findIndex((other) => key(other) === key(synset)) === index)
        .slice(0, perClass)
        .map(({ definition }): CompletionRow => ({
          prompt: `${definition}\nKind:`,
          completion: ` ${label}`,
        })),
    );
    return shuffleByHash(rows, ({ prompt }) => prompt, options.seed);
  };
  const test = pick(unseen, options.testPerClass, new Set());
  const used = new Set(unseen.map(key));
  return { train: pick(seen, options.trainPerClass, used), test };
}

function key({ definition }: Synset): string {
  return definition.toLowerCase();
}
