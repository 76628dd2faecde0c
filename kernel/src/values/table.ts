import { inspect, types } from "node:util";
import type { MimeBundle } from "./bundle.js";
import { escapeHtml } from "./escape.js";
import { jsonSafe } from "./json-safe.js";

const MAX = { rows: 50, columns: 30, cell: 200 } as const;

interface Grid {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** All there are, shown or not. */
  readonly total: { readonly rows: number; readonly columns: number };
}

/** What of an Arquero table, or one like it, is needed to show it. */
interface ColumnarTable {
  columnNames(): string[];
  numRows(): number;
  objects(options: { limit: number }): Record<string, unknown>[];
}

/** An array of plain records, or an Arquero table → an HTML table; anything else → undefined. */
export function tableBundle(value: unknown): MimeBundle | undefined {
  if (Array.isArray(value)) {
    const grid = recordGrid(value);
    return grid === undefined ? undefined : { ...dataResource(grid), "text/html": htmlOf(grid) };
  }
  if (!isColumnar(value)) return undefined;
  const grid = columnarGrid(value);
  return { ...dataResource(grid), "text/html": htmlOf(grid), "text/plain": textOf(grid) };
}

function recordGrid(records: readonly unknown[]): Grid | undefined {
  const shown = records.slice(0, MAX.rows);
  if (shown.length === 0 || !shown.every(isRecord)) return undefined;
  const names = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  if (names.length === 0) return undefined;
  const columns = names.slice(0, MAX.columns);
  const rows = shown.map((row) => columns.map((name) => read(row, name)));
  return { columns, rows, total: { rows: records.length, columns: names.length } };
}

/** A property's value; a getter is named, not run. */
function read(row: object, name: string): unknown {
  const property = Object.getOwnPropertyDescriptor(row, name);
  return property?.get === undefined ? (property?.value as unknown) : GETTER;
}

const GETTER = { [inspect.custom]: () => "[Getter]" };

function columnarGrid(table: ColumnarTable): Grid {
  const names = table.columnNames();
  const columns = names.slice(0, MAX.columns);
  const rows = table.objects({ limit: MAX.rows }).map((row) => columns.map((name) => row[name]));
  return { columns, rows, total: { rows: table.numRows(), columns: names.length } };
}

function isColumnar(value: unknown): value is ColumnarTable {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const has = (name: string): boolean => typeof (value as Record<string, unknown>)[name] === "function";
  return has("columnNames") && has("numRows") && has("objects");
}

function isRecord(value: unknown): value is object {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function cellText(value: unknown): string {
  if (value === undefined) return "";
  let text: string;
  try {
    text =
      typeof value === "string"
        ? value
        : inspect(value, { depth: 1, breakLength: Infinity, maxArrayLength: 20 });
  } catch {
    text = "[cannot be shown]";
  }
  return text.length > MAX.cell ? `${text.slice(0, MAX.cell - 1)}…` : text;
}

function leftOut({ columns, rows, total }: Grid): string {
  const parts = [
    total.rows > rows.length ? `${(total.rows - rows.length).toLocaleString("en-US")} more rows` : "",
    total.columns > columns.length ? `${total.columns - columns.length} more columns` : "",
  ].filter(Boolean);
  return parts.length > 0 ? `… ${parts.join(", ")}` : "";
}

function htmlOf(grid: Grid): string {
  const head = ["", ...grid.columns].map((name) => `<th>${escapeHtml(name)}</th>`).join("");
  const body = grid.rows.map((row, i) => `<tr><th>${i}</th>${row.map(cellHtml).join("")}</tr>`).join("");
  const note = leftOut(grid);
  const foot = note === "" ? "" : `<p>${note}</p>`;
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>${foot}`;
}

function cellHtml(value: unknown): string {
  const align = isNumber(value) ? ' style="text-align:right"' : "";
  return `<td${align}>${escapeHtml(cellText(value))}</td>`;
}

function textOf(grid: Grid): string {
  const texts = [grid.columns, ...grid.rows.map((row) => row.map(cellText))];
  const widths = grid.columns.map((_, i) => Math.max(...texts.map((row) => (row[i] ?? "").length)));
  const pad = (text: string, i: number, right: boolean): string =>
    right ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  const lines = texts.map((row, r) =>
    row
      .map((text, i) => pad(text, i, r > 0 && isNumber(grid.rows[r - 1]?.[i])))
      .join("  ")
      .trimEnd(),
  );
  const note = leftOut(grid);
  return [...lines, ...(note === "" ? [] : [note])].join("\n");
}

/** A Frictionless data resource, which data explorers read: only of a table that is shown whole. */
function dataResource(grid: Grid): MimeBundle {
  if (leftOut(grid) !== "") return {};
  const { columns, rows } = grid;
  const fields = columns.map((name, i) => ({ name, type: fieldType(rows.map((row) => row[i])) }));
  const data = rows.map((row) =>
    Object.fromEntries(columns.map((name, i) => [name, jsonSafe(row[i]) ?? null])),
  );
  return {
    "application/vnd.dataresource+json": { profile: "tabular-data-resource", schema: { fields }, data },
  };
}

function fieldType(values: readonly unknown[]): string {
  const known = values.filter((value) => value !== undefined && value !== null);
  const all = (test: (value: unknown) => boolean): boolean => known.length > 0 && known.every(test);
  if (all((value) => Number.isInteger(value) || typeof value === "bigint")) return "integer";
  if (all(isNumber)) return "number";
  if (all((value) => typeof value === "boolean")) return "boolean";
  if (all((value) => typeof value === "string")) return "string";
  return all((value) => value instanceof Date) ? "datetime" : "any";
}
