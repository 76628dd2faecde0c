import type { ColumnarTable } from "./table.js";

/** Rows that go into a notebook with the table: enough to sort and leaf through, little to store. */
const MAX_ROWS = 500;
const MAX_CHARACTERS = 300;

/**
 * A table as a tabular data resource (Frictionless Data): front ends that know the format sort and page it.
 * `totalRows` says how many rows there were when not all are inside.
 */
export function resourceOf(
  source: readonly object[] | ColumnarTable,
  title: string | undefined,
): Readonly<Record<string, unknown>> {
  const columnar = "columnNames" in source;
  const total = columnar ? source.numRows() : source.length;
  const rows = (columnar ? source.objects({ limit: MAX_ROWS }) : source.slice(0, MAX_ROWS)) as Record<
    string,
    unknown
  >[];
  const names = columnar ? source.columnNames() : [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const data = rows.map((row) => Object.fromEntries(names.map((name) => [name, plain(row[name])])));
  return {
    profile: "tabular-data-resource",
    ...(title === undefined ? {} : { title }),
    schema: { fields: names.map((name) => ({ name, type: typeOf(data.map((row) => row[name])) })) },
    data,
    ...(total > rows.length ? { totalRows: total } : {}),
  };
}

/** What JSON can say; numbers that it cannot become texts. */
function plain(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === "boolean") return value ?? null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return cut(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  return typeof value === "function" ? "[function]" : cut(jsonText(value));
}

const cut = (text: string): string =>
  text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS - 1)}…` : text;

function jsonText(value: object): string {
  try {
    const array = ArrayBuffer.isView(value) ? Array.from(value as Uint8Array).slice(0, 50) : value;
    return JSON.stringify(array, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
  } catch {
    return "[object]";
  }
}

function typeOf(values: readonly unknown[]): string {
  const present = values.filter((value) => value !== null);
  const all = (type: string): boolean =>
    present.length > 0 && present.every((value) => typeof value === type);
  if (all("number")) return present.every(Number.isInteger) ? "integer" : "number";
  return all("boolean") ? "boolean" : "string";
}
