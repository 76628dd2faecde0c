import type { Line } from "./read-lines.js";
import { formatError, type SourceRecord } from "./record.js";

interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
}

/**
 * CSV with a header line (RFC 4180: quoted fields may hold delimiters, quotes as "" and line ends).
 *
 * @throws E_DATA_FORMAT for an unclosed or misplaced quote, a repeated column, a row of another length
 */
export async function* parseCsv(
  file: string,
  lines: AsyncIterable<Line>,
  delimiter: string,
): AsyncGenerator<SourceRecord> {
  let header: readonly string[] | undefined;
  for await (const { fields, line } of readRecords(file, lines, delimiter)) {
    if (header === undefined) {
      header = fields.map((name) => name.trim());
      const repeated = header.find((name, i) => header?.indexOf(name) !== i);
      if (repeated !== undefined)
        throw formatError(`The column ${JSON.stringify(repeated)} occurs twice.`, { file, line });
      continue;
    }
    if (fields.length !== header.length)
      throw formatError(
        `The row has ${fields.length} fields, the header has ${header.length}.`,
        { file, line },
        "Put fields that hold a delimiter in double quotes.",
      );
    yield { value: Object.fromEntries(header.map((name, i) => [name, fields[i]])), where: { file, line } };
  }
}

async function* readRecords(
  file: string,
  lines: AsyncIterable<Line>,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  let open: string[] = [];
  let firstLine = 0;
  let quotes = 0;
  for await (const { text, number } of lines) {
    if (open.length === 0) {
      if (text.trim() === "") continue;
      firstLine = number;
    }
    open.push(text);
    quotes += text.split('"').length - 1;
    // An odd number of quotes: a quoted field goes on in the next line.
    if (quotes % 2 === 1) continue;
    yield { fields: splitFields(open.join("\n"), delimiter, file, firstLine), line: firstLine };
    open = [];
    quotes = 0;
  }
  if (open.length > 0)
    throw formatError(
      'A quoted field is never closed with ".',
      { file, line: firstLine },
      'Write " inside a field as "".',
    );
}

function splitFields(text: string, delimiter: string, file: string, line: number): string[] {
  const fields: string[] = [];
  for (let at = 0; at <= text.length;) {
    const { field, end } = text[at] === '"' ? quoted(text, at) : plain(text, at, delimiter);
    if (end < text.length && text[end] !== delimiter)
      throw formatError(
        `Expected ${JSON.stringify(delimiter)} after a quoted field, got ${JSON.stringify(text[end])}.`,
        { file, line, column: end + 1 },
        'Write " inside a field as "".',
      );
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
