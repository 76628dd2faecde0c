import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { DatasetSpec } from "../dataset-card.js";
import { openArchive, textOf, type ArchiveFile } from "../fetch.js";
import { shuffleByHash } from "../hash.js";

interface Poem {
  readonly author: string;
  readonly title: string;
  readonly paragraphs: readonly string[];
}

type PoemRow = Readonly<Record<"title" | "author" | "form" | "text", string>>;

const SEED = 43;
const FIVE_CHARACTER_POEMS = 8000;
const TEST_POEMS = 400;
const TITLE_LIMIT = 14;

/** The Three Hundred Tang Poems and 8,000 more in lines of five characters, in simplified characters. */
export async function tangPoems(cacheFolder: string): Promise<DatasetSpec> {
  const files = openArchive("chinesePoetry", cacheFolder);
  const simplify = await converter(cacheFolder);
  const row = (poem: Poem): PoemRow => rowOf(poem, simplify);
  const famous = unique((JSON.parse(textOf(files, "/quantangshi/唐诗三百首.json")) as Poem[]).map(row));
  const known = new Set(famous.flatMap(lines));
  const others = unique(readTang(files).filter(isFiveCharacter).map(row)).filter(
    (poem) => poem.title.length <= TITLE_LIMIT && !lines(poem).some((line) => known.has(line)),
  );
  const chosen = shuffleByHash(others, ({ text }) => text, SEED).slice(0, FIVE_CHARACTER_POEMS);
  const { train, test } = split(chosen);
  return {
    name: "tang-poems",
    title: "Tang poems",
    about:
      "The Three Hundred Tang Poems (three-hundred) and 8,000 further poems of the Tang dynasty of four or eight lines of five characters (train, test), in simplified characters.",
    licence: "MIT; the poems are in the public domain",
    notice: `The poems are in the public domain. Read from the npm package chinese-poetry.\n\n${textOf(files, "package/LICENSE")}`,
    pins: ["chinesePoetry", "opencc"],
    compressed: true,
    splits: { train, test, "three-hundred": famous },
    notes: [
      "Changes: opencc-js wrote the texts in simplified characters, one couplet a line; `form` is 五绝 (four lines), 五律 (eight lines) or 其他",
      "No line of the test part, nor of the Three Hundred, is in the training part",
    ],
  };
}

function readTang(files: readonly ArchiveFile[]): Poem[] {
  return files
    .filter(({ path }) => /\/quantangshi\/poet\.tang\.\d+\.json$/.test(path))
    .flatMap((file) => JSON.parse(file.text()) as Poem[]);
}

const FIVE = /^[\u4e00-\u9fff]{5}[，。？！；][\u4e00-\u9fff]{5}[。？！；，]$/u;

function isFiveCharacter({ author, title, paragraphs }: Poem): boolean {
  return (
    (paragraphs.length === 2 || paragraphs.length === 4) &&
    author !== "不詳" &&
    title !== "" &&
    !/[□（(《]|句$/.test(title) &&
    paragraphs.every((line) => FIVE.test(line))
  );
}

function rowOf({ author, title, paragraphs }: Poem, simplify: (text: string) => string): PoemRow {
  const five = paragraphs.every((line) => FIVE.test(line));
  const form = five && paragraphs.length === 2 ? "五绝" : five && paragraphs.length === 4 ? "五律" : "其他";
  return { title: simplify(title), author: simplify(author), form, text: simplify(paragraphs.join("\n")) };
}

const lines = ({ text }: PoemRow): string[] => text.split(/[，。？！；\n]+/).filter((line) => line !== "");

function unique(poems: readonly PoemRow[]): PoemRow[] {
  return [...new Map(poems.map((poem) => [poem.text, poem])).values()];
}

/** Poems that share a line with one of the training part, as variants and answers to a poem do, are not tested. */
function split(poems: readonly PoemRow[]): { train: PoemRow[]; test: PoemRow[] } {
  const counts = new Map<string, number>();
  for (const poem of poems)
    for (const line of new Set(lines(poem))) counts.set(line, (counts.get(line) ?? 0) + 1);
  const test = new Set(
    poems.filter((poem) => lines(poem).every((line) => counts.get(line) === 1)).slice(0, TEST_POEMS),
  );
  return { train: poems.filter((poem) => !test.has(poem)), test: [...test] };
}

/** opencc-js from its pinned archive: 1 MB of dictionaries that nothing else needs. */
export async function converter(cacheFolder: string): Promise<(text: string) => string> {
  const folder = resolve(cacheFolder, "opencc");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "t2cn.mjs");
  writeFileSync(path, textOf(openArchive("opencc", cacheFolder), "/dist/esm/t2cn.js"));
  const { Converter } = (await import(pathToFileURL(path).href)) as {
    Converter: (options: { from: string; to: string }) => (text: string) => string;
  };
  return Converter({ from: "t", to: "cn" });
}
