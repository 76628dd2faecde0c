import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { requireColumns } from "../columns.js";
import type { ErrorPlace } from "../../../errors.js";
import { describe, formatError } from "../../record.js";
import type { Item } from "../stage.js";

type Items = AsyncIterable<Item<unknown>>;

/** Makes the text of rows, in pieces. */
export type TextWriter = (rows: Items) => AsyncGenerator<string>;

/** Text is gathered to pieces of about this many characters before it goes to the file. */
const PIECE = 1 << 16;

/** Writers of text formats by the ending of a file's name; each also writes .gz. */
export const TEXT_WRITERS: Readonly<Record<string, TextWriter>> = {
  ".jsonl": jsonLines,
  ".ndjson": jsonLines,
  ".csv": (rows) => delimited(rows, ","),
  ".tsv": (rows) => delimited(rows, "\t"),
  ".txt": textLines,
};

/** Writes text under another name first: a file of the given name is always whole. */
export async function writeText(path: string, text: AsyncGenerator<string>): Promise<void> {
  const partial = `${path}.partial`;
  const source = Readable.from(inPieces(text), { objectMode: false });
  try {
    if (path.toLowerCase().endsWith(".gz")) await pipeline(source, createGzip(), createWriteStream(partial));
    else await pipeline(source, createWriteStream(partial));
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function* inPieces(text: AsyncGenerator<string>): AsyncGenerator<string> {
  let piece = "";
  for await (const part of text) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

async function* jsonLines(rows: Items): AsyncGenerator<string> {
  for await (const { value, where } of rows) {
    const text = jsonOf(value);
    if (text === undefined)
      throw formatError("The row has no form in JSON.", where, "Map it to an object first.");
    yield `${text}\n`;
  }
}

/** Integers of 64 bits become numbers where these are exact, else text. */
function jsonOf(value: unknown): string | undefined {
  const plain = (_: string, item: unknown): unknown => {
    if (typeof item !== "bigint") return item;
    return BigInt(Number(item)) === item && Number.isSafeInteger(Number(item)) ? Number(item) : String(item);
  };
  return JSON.stringify(value, plain);
}

/** A line for each text, or for each row's column `text` if that is its only one; only what would be read as it was. */
async function* textLines(rows: Items): AsyncGenerator<string> {
  for await (const { value, where } of rows) {
    const text = typeof value === "string" ? value : onlyText(value, where);
    if (text.trim() === "" || /[\r\n]|^\ufeff/.test(text))
      throw formatError(
        "A .txt has a text of one line in each row, which is not empty.",
        where,
        "Split the texts into lines and leave out empty ones, or write a .jsonl.",
      );
    yield `${text}\n`;
  }
}

function onlyText(row: unknown, where: ErrorPlace): string {
  requireColumns(row, ["text"], where);
  const { text, ...others } = row;
  const [other] = Object.keys(others);
  if (typeof text === "string" && other === undefined) return text;
  const what =
    other === undefined
      ? `its text is ${describe(text)}`
      : `the row also has a column ${JSON.stringify(other)}`;
  throw formatError(`A .txt holds texts alone, and ${what}.`, where, "`map` each row to { text }.");
}

/** The columns of the first row; every row must have exactly these. */
async function* delimited(rows: Items, delimiter: string): AsyncGenerator<string> {
  const line = (fields: readonly unknown[]): string =>
    `${fields.map((field) => fieldText(field, delimiter)).join(delimiter)}\n`;
  let names: readonly string[] | undefined;
  for await (const { value, where } of rows) {
    if (names === undefined) {
      requireColumns(value, [], where);
      names = Object.keys(value);
      yield line(names);
    }
    requireColumns(value, names, where);
    const known = names;
    const extra = Object.keys(value).find((name) => !known.includes(name));
    if (extra !== undefined)
      throw formatError(
        `The row has a column ${JSON.stringify(extra)} that the first row does not have.`,
        where,
        "`select` the columns to be written.",
      );
    const fields = names.map((name) => value[name]);
    // A lone empty field would be an empty line, which readers pass over.
    yield fields.length === 1 && fieldText(fields[0], delimiter) === "" ? '""\n' : line(fields);
  }
}

function fieldText(value: unknown, delimiter: string): string {
  if (value === null || value === undefined) return "";
  const text =
    typeof value === "string" ? value : value instanceof Date ? value.toISOString() : (jsonOf(value) ?? "");
  const quoted = text.includes(delimiter) || /["\r\n]/.test(text) || text.trim() !== text;
  return quoted ? `"${text.replaceAll('"', '""')}"` : text;
}
