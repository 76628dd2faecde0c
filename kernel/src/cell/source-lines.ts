/** A place in a cell or in a local file, lines and columns from 1. */
export interface CellPlace {
  /** `cell 3`, or the file's path from the notebook's folder. */
  readonly cell: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** Where an offset stands in a text, from 1. */
export function lineAndColumn(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** How many lines are shown on each side of the one that failed. */
const CONTEXT = 2;

/** The line of a cell that failed, its neighbours and a caret. */
export function sourceLines(place: CellPlace): string[] {
  const lines = place.source.split(/\r?\n/);
  const first = Math.max(1, place.line - CONTEXT);
  const last = Math.min(lines.length, place.line + CONTEXT);
  const width = String(last).length;
  const shown = [`${place.cell}, line ${place.line}:`];
  for (let number = first; number <= last; number += 1) {
    const text = lines[number - 1] ?? "";
    shown.push(`${number === place.line ? ">" : " "} ${String(number).padStart(width)} | ${text}`);
    if (number === place.line) {
      const blank = text.slice(0, place.column - 1).replace(/[^\t]/g, " ");
      shown.push(`  ${" ".repeat(width)} | ${blank}^`);
    }
  }
  return shown;
}
