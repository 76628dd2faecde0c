import type { ChatMessage } from "../text/index.js";
import { readRecords } from "./read-records.js";
import { describe, formatError, type SourceRecord } from "./record.js";
import type { DatasetRef, ReadOptions, Row } from "./rows.js";

type FieldNames = Readonly<Record<"text" | "prompt" | "completion" | "messages", string>>;

const DEFAULT_FIELDS: FieldNames = {
  text: "text",
  prompt: "prompt",
  completion: "completion",
  messages: "messages",
};

const ROLES: ReadonlySet<unknown> = new Set(["system", "user", "assistant"]);

/**
 * Rows of a data set one by one, each checked: `{ text }`, `{ prompt, completion }` or `{ messages }`. Other
 * fields are left out.
 *
 * @throws E_FILE_NOT_FOUND; E_DATA_EMPTY; E_DATA_FORMAT at file:line:column, naming the field and what it holds
 * @example
 * for await (const row of readRows("train.jsonl")) row; // { text: "…" }
 */
export async function* readRows(source: DatasetRef, options: ReadOptions = {}): AsyncGenerator<Row> {
  const fields = { ...DEFAULT_FIELDS, ...options.fields };
  for await (const record of readRecords(source)) yield checkRow(record, fields);
}

/** All rows of a data set in memory; see `readRows`. */
export async function loadRows(source: DatasetRef, options: ReadOptions = {}): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(source, options)) rows.push(row);
  return rows;
}

function checkRow(record: SourceRecord, names: FieldNames): Row {
  const { value, where } = record;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw formatError(`A row is an object, got ${describe(value)}.`, where);
  const row = value as Readonly<Record<string, unknown>>;
  if (names.messages in row) return { messages: checkMessages(row[names.messages], record, names.messages) };
  if (names.prompt in row || names.completion in row)
    return { prompt: text(row, names.prompt, record), completion: text(row, names.completion, record) };
  if (names.text in row) return { text: text(row, names.text, record) };
  const present = Object.keys(row).map((name) => JSON.stringify(name));
  throw formatError(
    `The row has no ${JSON.stringify(names.text)}, ${JSON.stringify(names.prompt)} or ${JSON.stringify(names.messages)}; it has ${present.length > 0 ? present.join(", ") : "no fields"}.`,
    where,
    'Rename the fields, or say which is which: fields: { prompt: "…", completion: "…" }.',
  );
}

function text(row: Readonly<Record<string, unknown>>, name: string, { where }: SourceRecord): string {
  const value = row[name];
  if (typeof value === "string") return value;
  const sentence =
    name in row ? `${JSON.stringify(name)} must be a string, got ${describe(value)}.` : missing(row, name);
  throw formatError(sentence, { ...where, column: where.column ?? name });
}

function missing(row: Readonly<Record<string, unknown>>, name: string): string {
  const present = Object.keys(row).map((key) => JSON.stringify(key));
  return `The field ${JSON.stringify(name)} is missing; the row has ${present.join(", ")}.`;
}

function checkMessages(value: unknown, { where }: SourceRecord, name: string): ChatMessage[] {
  const fail = (place: string, sentence: string): never => {
    throw formatError(sentence, { ...where, column: place });
  };
  if (!Array.isArray(value))
    return fail(name, `${JSON.stringify(name)} must be an array, got ${describe(value)}.`);
  if (value.length === 0) return fail(name, `${JSON.stringify(name)} is an empty array.`);
  return value.map((message: unknown, index): ChatMessage => {
    const place = `${name}[${index}]`;
    if (typeof message !== "object" || message === null)
      return fail(place, `A message is an object, got ${describe(message)}.`);
    const { role, content } = message as { role?: unknown; content?: unknown };
    if (!ROLES.has(role))
      return fail(
        `${place}.role`,
        `The role must be "system", "user" or "assistant", got ${describe(role)}.`,
      );
    if (typeof content !== "string")
      return fail(`${place}.content`, `The content must be a string, got ${describe(content)}.`);
    return { role: role as ChatMessage["role"], content };
  });
}
