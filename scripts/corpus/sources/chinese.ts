import type { Document } from "../document.js";
import { openArchive, textOf } from "../fetch.js";

/** Folders of chinese-poetry that are read; the imperial edition of the Tang poems repeats the others. */
const SOURCES: Readonly<Record<string, RegExp>> = {
  "tang-poems": /\/quantangshi\/poet\.tang\.\d+\.json$/,
  "song-poems": /\/quantangshi\/poet\.song\.\d+\.json$/,
  "song-lyrics": /\/songci\/ci\.song\.\w+\.json$/,
  "yuan-plays": /\/yuanqu\/yuanqu\.json$/,
  classics:
    /\/(shijing|chuci|lunyu|sishuwujing|mengxue|caocaoshiji|nalanxingde|youmengying|wudaishici)\/.*\.json$/,
};
const SENTENCE = /[\u4e00-\u9fff]{2,}[，。？！；：]/u;

/** Poems, plays and classics, a work a document: its title and author on the first line, then its lines. */
export function readChinesePoetry(cacheFolder: string, simplify: (text: string) => string): Document[] {
  const files = openArchive("chinesePoetry", cacheFolder);
  return Object.entries(SOURCES).flatMap(([source, pattern]) =>
    files
      .filter(({ path }) => pattern.test(path) && !/authors?\./.test(path))
      .flatMap((file) =>
        worksIn(JSON.parse(file.text())).map((work, i) => ({
          source,
          kind: "prose" as const,
          id: `${file.path.replace(/^.*\/dist\//, "")}#${i}`,
          text: simplify(work),
        })),
      ),
  );
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Every object with lines of its own, wherever it stands. */
function worksIn(json: Json): string[] {
  if (Array.isArray(json)) return json.flatMap(worksIn);
  if (typeof json !== "object" || json === null) return [];
  const node = json as { readonly [name: string]: Json };
  const lines = linesOf(node["paragraphs"] ?? node["content"] ?? node["para"] ?? node["text"]);
  if (lines.length === 0) return Object.values(node).flatMap(worksIn);
  const text = lines.join("\n").trim();
  if (!SENTENCE.test(text) || /[□○{}]/.test(text)) return [];
  const title = [node["title"] ?? node["rhythmic"] ?? node["chapter"], node["author"]].filter(
    (part): part is string => typeof part === "string" && part !== "" && part !== "不詳",
  );
  return [title.length > 0 ? `${title.join(" ")}\n${text}` : text];
}

function linesOf(value: Json | undefined): string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) && value.every((line) => typeof line === "string") ? value : [];
}

/** What the TypeScript compiler says in Chinese. */
export function readChineseMessages(cacheFolder: string): Document[] {
  const files = openArchive("typescript", cacheFolder);
  const messages = JSON.parse(textOf(files, "/lib/zh-cn/diagnosticMessages.generated.json")) as object;
  return Object.entries(messages).map(([id, text]) => ({
    source: "typescript-messages",
    kind: "entry",
    id,
    text: String(text),
  }));
}
