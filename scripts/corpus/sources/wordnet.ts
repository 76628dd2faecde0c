import { openArchive } from "../fetch.js";

/** A WordNet synset: words that share one meaning. */
export interface Synset {
  /** Part of speech and offset, such as "n14093842". */
  readonly id: string;
  readonly pos: "n" | "v" | "a" | "r";
  /** Lexicographer file number, such as 21 for noun.possession. */
  readonly lexFile: number;
  readonly words: readonly string[];
  readonly definition: string;
  readonly examples: readonly string[];
  readonly pointers: readonly { readonly symbol: string; readonly target: string }[];
}

/** Every synset of WordNet 3.1, in the order of its files. */
export function readSynsets(cacheFolder: string): Synset[] {
  const files = openArchive("wordnet", cacheFolder);
  return ["noun", "verb", "adj", "adv"].flatMap((name) => {
    const file = files.find(({ path }) => path.endsWith(`/dict/data.${name}`));
    if (file === undefined) throw new Error(`WordNet has no data.${name}`);
    return file
      .text()
      .split("\n")
      .filter((line) => /^\d{8} /.test(line))
      .map(parseSynset);
  });
}

function parseSynset(line: string): Synset {
  const bar = line.indexOf(" | ");
  const fields = line.slice(0, bar).split(" ");
  const pos = fields[2] === "s" ? "a" : (fields[2] as Synset["pos"]);
  const wordCount = Number.parseInt(fields[3], 16);
  const words = Array.from({ length: wordCount }, (_, i) =>
    fields[4 + 2 * i].replace(/\((?:a|p|ip)\)$/, "").replaceAll("_", " "),
  );
  const first = 4 + 2 * wordCount;
  const pointers = Array.from({ length: Number(fields[first]) }, (_, i) => {
    const [symbol, offset, targetPos] = fields.slice(first + 1 + 4 * i);
    return { symbol, target: (targetPos === "s" ? "a" : targetPos) + offset };
  });
  const { definition, examples } = parseGloss(line.slice(bar + 3).trim());
  return { id: pos + fields[0], pos, lexFile: Number(fields[1]), words, definition, examples, pointers };
}

function parseGloss(gloss: string): { definition: string; examples: string[] } {
  const start = gloss.search(/[;:,]?\s*"/);
  if (start < 0) return { definition: gloss.replace(/[;\s]+$/, ""), examples: [] };
  const examples = [...gloss.slice(start).matchAll(/"([^"]+)"/g)].map((match) => match[1].trim());
  return { definition: gloss.slice(0, start).replace(/[;\s]+$/, ""), examples };
}
