import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Cell, type CellOutput, type Json, type Notebook, splitLines } from "./format.js";

/** Writes a notebook whole or not at all: to a name beside it, then renamed. */
export function writeNotebook(path: string, notebook: Notebook): void {
  const text = `${JSON.stringify({ ...notebook, cells: notebook.cells.map(cellJson) }, null, 1)}\n`;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = openSync(temporary, "w");
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function cellJson(cell: Cell): Json {
  const source = splitLines(cell.source);
  return cell.cell_type === "code"
    ? { ...cell, source, outputs: cell.outputs.map(outputJson) }
    : { ...cell, source };
}

function outputJson(output: CellOutput): Json {
  if (output.output_type === "stream") return { ...output, text: splitLines(output.text) };
  if (output.output_type === "error") return { ...output };
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    isLines(mime, value) ? splitLines(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) as Json };
}

/** Text is stored by lines; base64 and JSON are not. */
function isLines(mime: string, value: unknown): value is string {
  return typeof value === "string" && (mime.startsWith("text/") || mime === "image/svg+xml");
}
