import { GradlabError } from "../errors.js";
import { parseCsv } from "./csv.js";
import { findJsonError } from "./json-error.js";
import { readLines, readWhole } from "./read-lines.js";
import { formatError, shorten, type SourceRecord } from "./record.js";
import type { DatasetRef } from "./rows.js";

const FORMATS: Readonly<Record<string, (path: string) => AsyncGenerator<SourceRecord>>> = {
  ".jsonl": readJsonLines,
  ".ndjson": readJsonLines,
  ".json": readJsonArray,
  ".csv": (path) => parseCsv(path, readLines(path), ","),
  ".tsv": (path) => parseCsv(path, readLines(path), "\t"),
  ".txt": readTextLines,
};

/**
 * Values of a data set one by one, unchecked, with the place each came from. Files are read by line, so that
 * their size does not matter (.json is read whole).
 *
 * @throws E_FILE_NOT_FOUND; E_DATA_FORMAT with file:line:column; E_DATA_EMPTY at the end when nothing came
 */
export async function* readRecords(source: DatasetRef): AsyncGenerator<SourceRecord> {
  let count = 0;
  for await (const record of openSource(source)) {
    count++;
    yield record;
  }
  if (count > 0) return;
  const name = typeof source === "string" ? source : "The data set";
  throw new GradlabError(
    "E_DATA_EMPTY",
    `${name} has no rows.`,
    typeof source === "string" ? { where: source } : {},
  );
}

function openSource(source: DatasetRef): AsyncGenerator<SourceRecord> {
  if (typeof source !== "string") return readValues(source);
  const extension = /\.[^./\\]+$/.exec(source.toLowerCase().replace(/\.gz$/, ""))?.[0] ?? "";
  const open = FORMATS[extension];
  if (open !== undefined) return open(source);
  throw new GradlabError("E_DATA_FORMAT", `The kind of ${source} is not known by its name.`, {
    hint: `Known endings: ${Object.keys(FORMATS).join(", ")}, each also with .gz.`,
    where: source,
  });
}

async function* readValues(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<SourceRecord> {
  const isIterable =
    typeof values === "object" &&
    values !== null &&
    (Symbol.iterator in values || Symbol.asyncIterator in values);
  if (!isIterable)
    throw new GradlabError("E_DATA_FORMAT", "A data set is a path, an array or an (async) iterable of rows.");
  let index = 0;
  for await (const value of values) yield { value, where: { file: `rows[${index++}]` } };
}

async function* readJsonLines(path: string): AsyncGenerator<SourceRecord> {
  for await (const { text, number } of readLines(path)) {
    if (text.trim() === "") continue;
    yield { value: parseJson(text, path, number), where: { file: path, line: number } };
  }
}

async function* readJsonArray(path: string): AsyncGenerator<SourceRecord> {
  const text = await readWhole(path);
  if (text.trim() === "") return;
  const value = parseJson(text, path, 1);
  if (!Array.isArray(value))
    throw formatError(
      "The file is not a JSON array.",
      { file: path, line: 1, column: 1 },
      "Wrap the rows in [ ].",
    );
  for (const [index, item] of value.entries()) yield { value: item, where: { file: `${path}[${index}]` } };
}

async function* readTextLines(path: string): AsyncGenerator<SourceRecord> {
  for await (const { text, number } of readLines(path))
    if (text.trim() !== "") yield { value: { text }, where: { file: path, line: number } };
}

function parseJson(text: string, file: string, firstLine: number): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const { position, expected } = findJsonError(text) ?? { position: 0, expected: "JSON" };
    const before = text.slice(0, position).split("\n");
    const rest = text.slice(position);
    const got = rest === "" ? "the end of the line" : JSON.stringify(shorten(rest, 20));
    throw new GradlabError("E_DATA_FORMAT", `This is not JSON: expected ${expected}, got ${got}.`, {
      where: { file, line: firstLine + before.length - 1, column: before[before.length - 1].length + 1 },
      cause,
    });
  }
}
