import { inspect } from "node:util";
import type { MimeBundle } from "../link/index.js";

const MAX_ROWS = 50;
const MAX_COLUMNS = 30;

/** An array of plain records → an HTML table; anything else → undefined. */
export function tableBundle(value: unknown): MimeBundle | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const rows = value.slice(0, MAX_ROWS) as unknown[];
  if (!rows.every(isRecord)) return undefined;
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return undefined;
  const shown = columns.slice(0, MAX_COLUMNS);
  const head = ["", ...shown].map((name) => `<th>${escape(name)}</th>`).join("");
  const body = rows.map((row, i) => {
    const cells = shown.map((name) => cell(row[name])).join("");
    return `<tr><th>${i}</th>${cells}</tr>`;
  });
  const more = [
    value.length > MAX_ROWS ? `${value.length - MAX_ROWS} more rows` : "",
    columns.length > MAX_COLUMNS ? `${columns.length - MAX_COLUMNS} more columns` : "",
  ].filter(Boolean);
  const foot = more.length > 0 ? `<p>… ${more.join(", ")}</p>` : "";
  return {
    "text/html": `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${foot}`,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function cell(value: unknown): string {
  if (value === undefined) return "<td></td>";
  const text = typeof value === "string" ? value : inspect(value, { depth: 1, breakLength: Infinity });
  const align = typeof value === "number" || typeof value === "bigint" ? ' style="text-align:right"' : "";
  return `<td${align}>${escape(text.length > 200 ? `${text.slice(0, 199)}…` : text)}</td>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
