import type { DatasetRow, DatasetSpec } from "../dataset-card.js";
import { openArchive, textOf } from "../fetch.js";
import { shuffleByHash } from "../hash.js";

const SEED = 41;
const TEST_ROWS = 207;

/** Messages of the TypeScript compiler in English and Chinese, matched by their keys. */
export function typescriptMessages(cacheFolder: string): DatasetSpec {
  const files = openArchive("typescript", cacheFolder);
  const chinese = JSON.parse(textOf(files, "/lib/zh-cn/diagnosticMessages.generated.json")) as Readonly<
    Record<string, string>
  >;
  const english = textOf(files, "/lib/typescript.js").matchAll(
    /\bdiag\((\d+), \d+ \/\* \w+ \*\/, "([^"]+)", ("(?:[^"\\]|\\.)*")/g,
  );
  const rows = new Map<string, { en: string; zh: string; code: string }>();
  for (const [, code, key, message] of english) {
    const zh = chinese[key];
    const en = JSON.parse(message) as string;
    if (zh !== undefined && zh !== en && !rows.has(en)) rows.set(en, { en, zh, code: `TS${code}` });
  }
  const order = shuffleByHash([...rows.values()], ({ en }) => en, SEED);
  return {
    name: "typescript-messages",
    title: "TypeScript's messages in English and Chinese",
    about:
      "Error messages, options and hints of the TypeScript compiler with their translation by Microsoft.",
    licence: "Apache-2.0",
    notice: `Messages of the TypeScript compiler, Copyright (c) Microsoft Corporation.\n\n${textOf(files, "package/LICENSE.txt")}`,
    pins: ["typescript"],
    compressed: true,
    splits: separate(order),
    notes: [
      'Read as pairs: `loadRows("datasets/typescript-messages/train.jsonl.gz", { fields: { prompt: "en", completion: "zh" } })`',
      "{0}, {1}, … stand for names that the compiler fills in; `code` is the number it prints",
      "Messages that are the same but for punctuation, quoted names and numbers are in one part",
    ],
  };
}

function separate(order: readonly { en: string; zh: string; code: string }[]): Record<string, DatasetRow[]> {
  // Messages that differ in an option's name alone would tell the test's answer.
  const shape = ({ en }: { en: string }): string =>
    en
      .toLowerCase()
      .replace(/'[^']*'|"[^"]*"|\{\d\}|\d+/g, "")
      .replace(/[^a-z]+/g, " ")
      .trim();
  const test = new Set<string>();
  const counts = new Map<string, number>();
  for (const row of order) counts.set(shape(row), (counts.get(shape(row)) ?? 0) + 1);
  for (const row of order) if (test.size < TEST_ROWS && counts.get(shape(row)) === 1) test.add(row.en);
  return {
    train: order.filter(({ en }) => !test.has(en)),
    test: order.filter(({ en }) => test.has(en)),
  };
}
