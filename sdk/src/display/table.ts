import { type Displayable, DISPLAY } from "./display.js";
import { escapeMarkup, pad, shorten, textWidth } from "./escape.js";
import { formatNumber } from "./number.js";
import { resourceOf } from "./resource.js";

/** What of an arquero table (or one like it) is needed to show it. */
export interface ColumnarTable {
  columnNames(): string[];
  numRows(): number;
  objects(options?: { limit?: number }): object[];
}

export interface TableOptions {
  readonly title?: string;
  /** Rows shown; default 20. What is left out is counted. */
  readonly limit?: number;
}

/** A table in three formats; ending a notebook cell with one shows it. */
export interface Table extends Displayable {
  html(): string;
  markdown(): string;
  text(): string;
}

/** A table ready to be shown: all cells are text. */
interface Grid {
  readonly title: string | undefined;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly numeric: readonly boolean[];
  readonly note: string | undefined;
}

/**
 * A table of records, or of an arquero table: numbers to four significant digits and to the right, columns in the
 * order in which they first occur, missing values empty.
 *
 * @example table([{ model: "base", f1: 0.71234 }, { model: "tuned", f1: 0.83 }], { title: "Scores" })
 */
export function table(
  source: readonly Readonly<Record<string, unknown>>[] | readonly object[] | ColumnarTable,
  options: TableOptions = {},
): Table {
  const grid = gridOf(source, options);
  const formats = { html: () => htmlOf(grid), markdown: () => markdownOf(grid), text: () => textOf(grid) };
  return {
    ...formats,
    [DISPLAY]: () => ({
      "application/vnd.dataresource+json": resourceOf(source, options.title),
      "text/html": formats.html(),
      "text/markdown": formats.markdown(),
      "text/plain": formats.text(),
    }),
  };
}

const MAX_CELL = 120;

function gridOf(source: readonly object[] | ColumnarTable, { title, limit = 20 }: TableOptions): Grid {
  const columnar = "columnNames" in source;
  const total = columnar ? source.numRows() : source.length;
  const shown = (columnar ? source.objects({ limit }) : source.slice(0, limit)) as Record<string, unknown>[];
  const head = columnar ? source.columnNames() : [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const isNumber = (value: unknown): boolean => typeof value === "number" || typeof value === "bigint";
  const numeric = head.map((name) => {
    const values = shown.map((row) => row[name]).filter((value) => value !== undefined && value !== null);
    return values.length > 0 && values.every(isNumber);
  });
  const left = total - shown.length;
  return {
    title,
    head,
    rows: shown.map((row) => head.map((name) => cellText(row[name]))),
    numeric,
    note: left > 0 ? `… ${left.toLocaleString("en-US")} more ${left === 1 ? "row" : "rows"}` : undefined,
  };
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "string") return shorten(value.replace(/\s+/g, " "), MAX_CELL);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (ArrayBuffer.isView(value))
    return shorten(
      `[${Array.from(value as Uint8Array, String)
        .slice(0, 20)
        .join(", ")}]`,
      MAX_CELL,
    );
  if (typeof value === "object") return shorten(jsonText(value), MAX_CELL);
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  return typeof value === "symbol" ? value.toString() : "[function]";
}

function jsonText(value: object): string {
  try {
    return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
  } catch {
    return "[object]";
  }
}

function htmlOf({ title, head, rows, numeric, note }: Grid): string {
  const cell = (tag: string, text: string, i: number): string =>
    `<${tag} style="text-align:${numeric[i] ? "right" : "left"};padding:4px 10px">${escapeMarkup(text)}</${tag}>`;
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((text, i) => cell(tag, text, i)).join("")}</tr>`;
  const caption =
    title === undefined
      ? ""
      : `<caption style="text-align:left;font-weight:600;padding:4px 10px">${escapeMarkup(title)}</caption>`;
  const foot = note === undefined ? "" : `<p style="margin:4px 10px;opacity:0.7">${escapeMarkup(note)}</p>`;
  return `<table style="border-collapse:collapse">${caption}<thead>${line("th", head)}</thead><tbody>${rows.map((row) => line("td", row)).join("")}</tbody></table>${foot}`;
}

function markdownOf({ title, head, rows, numeric, note }: Grid): string {
  const escape = (text: string): string =>
    text.replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;");
  const line = (cells: readonly string[]): string => `| ${cells.map(escape).join(" | ")} |`;
  const rule = `| ${numeric.map((right) => (right ? "---:" : "---")).join(" | ")} |`;
  const body = [line(head), rule, ...rows.map(line)].join("\n");
  return [...(title === undefined ? [] : [`**${title}**`]), body, ...(note === undefined ? [] : [note])].join(
    "\n\n",
  );
}

function textOf({ title, head, rows, numeric, note }: Grid): string {
  const widths = head.map((name, i) => Math.max(textWidth(name), ...rows.map((row) => textWidth(row[i]))));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, i) => pad(text, widths[i], numeric[i] ? "left" : "right"))
      .join("  ")
      .trimEnd();
  return [
    ...(title === undefined ? [] : [title]),
    line(head),
    widths.map((width) => "─".repeat(width)).join("  "),
    ...rows.map(line),
    ...(note === undefined ? [] : [note]),
  ].join("\n");
}
