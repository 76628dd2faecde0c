import { LineReader, type LinePlace } from "./read-lines.js";
import { formatError, type SourceRecord } from "./record.js";

interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
}

/**
 * CSV with a header line (RFC 4180: quoted fields may hold delimiters, quotes as "" and line ends).
 *
 * @throws E_DATA_FORMAT at file:line:column for an unclosed or misplaced quote, a repeated column, a row of another
 *   length; what `LineReader` throws
 */
export class CsvReader {
  readonly #path: string;
  readonly #delimiter: string;
  readonly #lines: LineReader;
  readonly #resumed: boolean;
  #header: readonly string[] | undefined;

  constructor(path: string, delimiter: string, at?: LinePlace) {
    this.#path = path;
    this.#delimiter = delimiter;
    this.#lines = new LineReader(path, at);
    this.#resumed = at !== undefined;
  }

  async next(): Promise<SourceRecord | undefined> {
    this.#header ??= await this.#readHeader();
    const header = this.#header;
    const record = await readRecord(this.#lines, this.#delimiter);
    if (record === undefined) return undefined;
    const { fields, line } = record;
    const where = { file: this.#path, line };
    if (fields.length !== header.length)
      throw formatError(
        `The row has ${fields.length} fields, the header has ${header.length}.`,
        where,
        "Put fields that hold a delimiter in double quotes.",
      );
    return { value: Object.fromEntries(header.map((name, i) => [name, fields[i]])), where };
  }

  place(): LinePlace | undefined {
    return this.#lines.place();
  }

  close(): Promise<void> {
    return this.#lines.close();
  }

  async #readHeader(): Promise<readonly string[]> {
    // From the middle of the file, the names of the columns are read by a reader of their own.
    const lines = this.#resumed ? new LineReader(this.#path) : this.#lines;
    const record = await readRecord(lines, this.#delimiter);
    if (this.#resumed) await lines.close();
    if (record === undefined) return [];
    const header = record.fields.map((name) => name.trim());
    const repeated = header.find((name, i) => header.indexOf(name) !== i);
    if (repeated === undefined) return header;
    const where = { file: this.#path, line: record.line };
    throw formatError(`The column ${JSON.stringify(repeated)} occurs twice.`, where);
  }
}

async function readRecord(lines: LineReader, delimiter: string): Promise<CsvRecord | undefined> {
  const open: string[] = [];
  let firstLine = 0;
  let quotes = 0;
  for (let next = await lines.next(); next !== undefined; next = await lines.next()) {
    if (open.length === 0) {
      if (next.text.trim() === "") continue;
      firstLine = next.number;
    }
    open.push(next.text);
    quotes += next.text.split('"').length - 1;
    // An odd number of quotes: a quoted field goes on in the next line.
    if (quotes % 2 === 1) continue;
    return { fields: splitFields(open.join("\n"), delimiter, lines.path, firstLine), line: firstLine };
  }
  if (open.length === 0) return undefined;
  throw formatError(
    'A quoted field is never closed with ".',
    { file: lines.path, line: firstLine },
    'Write " inside a field as "".',
  );
}

function splitFields(text: string, delimiter: string, file: string, firstLine: number): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length;) {
    const { field, end } = text[at] === '"' ? quoted(text, at) : plain(text, at, delimiter);
    if (end < text.length && text[end] !== delimiter) {
      const before = text.slice(0, end).split("\n");
      throw formatError(
        `Expected ${JSON.stringify(delimiter)} after a quoted field, got ${JSON.stringify(text[end])}.`,
        { file, line: firstLine + before.length - 1, column: before[before.length - 1].length + 1 },
        'Write " inside a field as "".',
      );
    }
    fields.push(field);
    at = end + 1;
  }
  return fields;
}

function plain(text: string, start: number, delimiter: string): { field: string; end: number } {
  const found = text.indexOf(delimiter, start);
  const end = found < 0 ? text.length : found;
  return { field: text.slice(start, end), end };
}

function quoted(text: string, start: number): { field: string; end: number } {
  let end = start + 1;
  while (end < text.length && (text[end] !== '"' || text[end + 1] === '"')) end += text[end] === '"' ? 2 : 1;
  return { field: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}
