import type { CompletionRow } from "./dataset-card.js";
import { openArchive } from "./fetch.js";
import { shuffleByHash } from "./hash.js";

interface Labelled {
  readonly source: string;
  readonly text: string;
  readonly label: "positive" | "negative";
}

const TEST_PER_GROUP = 100;
const SEED = 21;

/** 3,000 labelled sentences, split by source and label; a sentence that occurs twice stays in the training part. */
export function splitSentiment(cacheFolder: string): { train: CompletionRow[]; test: CompletionRow[] } {
  const all = ["amazon", "imdb", "yelp"].flatMap((source) => readFixture(cacheFolder, source));
  const counts = new Map<string, number>();
  for (const row of all) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  const held = new Set<Labelled>();
  for (const source of ["amazon", "imdb", "yelp"])
    for (const label of ["positive", "negative"]) {
      const group = all.filter(
        (row) => row.source === source && row.label === label && counts.get(key(row)) === 1,
      );
      for (const row of shuffleByHash(group, ({ text }) => text, SEED).slice(0, TEST_PER_GROUP))
        held.add(row);
    }
  const part = (isHeld: boolean): CompletionRow[] =>
    shuffleByHash(
      all.map((row, index) => ({ row, index })).filter(({ row }) => held.has(row) === isHeld),
      ({ row, index }) => `${row.text}${index}`,
      SEED + 1,
    ).map(({ row }) => ({
      prompt: `Review: ${row.text}\nSentiment:`,
      completion: ` ${row.label}`,
      source: row.source,
    }));
  return { train: part(false), test: part(true) };
}

function readFixture(cacheFolder: string, source: string): Labelled[] {
  const file = openArchive("sentiment", cacheFolder).find(({ path }) =>
    path.endsWith(`/fixtures/${source}.json`),
  );
  if (file === undefined) throw new Error(`The sentiment package has no ${source}.json`);
  const rows = JSON.parse(file.text()) as ({ text: string; class: number } | null)[];
  return rows.flatMap((row) => {
    // Every fixture ends in one empty row.
    if (row === null || typeof row.text !== "string" || row.text.trim() === "") return [];
    return [
      {
        source,
        text: row.text.replace(/\s+/g, " ").trim(),
        label: row.class === 1 ? "positive" : "negative",
      },
    ];
  });
}

function key({ text }: Labelled): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
