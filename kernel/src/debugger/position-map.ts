import type { CellProgram } from "../link/index.js";
import { decodeMappings, type Segment } from "./source-map.js";

/** Line and column from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Where a place of a running script stands in the source; undefined for what the user did not write. */
export type PositionMap = (place: Position) => Position | undefined;

/** A script that runs as it was written. */
export const sameText: PositionMap = (place) => place;

/** A script with a source map of its own. */
export function mapBySegments(mappings: string): PositionMap {
  const segments = decodeMappings(mappings);
  return ({ line, column }) => {
    const found = lastAtMost(segments, (one) => one.line - line || one.column - column);
    return found && { line: found.originalLine, column: found.originalColumn };
  };
}

/** A cell: its script was cut into pieces and put together anew, with the kernel's own text between them. */
export function mapCell(program: CellProgram): PositionMap {
  const codeStarts = lineStarts(program.code);
  const scriptStarts = lineStarts(program.script);
  const segments = decodeMappings(program.mappings);
  const offsetOf = (one: Segment): number => (scriptStarts[one.line] ?? 0) + one.column;
  return ({ line, column }) => {
    const inScript = scriptOffset(program, (codeStarts[line] ?? 0) + column);
    if (inScript === undefined) return undefined;
    const found = lastAtMost(segments, (one) => offsetOf(one) - inScript) ?? segments[0];
    return found && { line: found.originalLine, column: found.originalColumn };
  };
}

/**
 * Where an offset of the running code lies in the transformed script. Text of the kernel's own before a
 * piece on the same line begins that piece's statement (`(`, `return (`); all other is no place of the
 * user's: the head and the end of the cell's function, and the assignments that hoist functions.
 */
function scriptOffset({ code, pieces }: CellProgram, offset: number): number | undefined {
  const at = pieces.findLastIndex((piece) => piece[0] <= offset);
  const piece = pieces[at];
  if (piece !== undefined && offset < piece[0] + piece[2]) return piece[1] + offset - piece[0];
  const next = pieces[at + 1];
  if (next === undefined) return undefined;
  const gap = code.slice(offset, next[0]);
  const hoists = /^[\w$]+ = $/.test(gap) && /^(async\s+)?function\b/.test(code.slice(next[0]));
  return gap.includes("\n") || hoists ? undefined : next[1];
}

/** The last of a sorted list for which `compare` is not positive. */
function lastAtMost<T>(list: readonly T[], compare: (one: T) => number): T | undefined {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(list[middle]) <= 0) low = middle + 1;
    else high = middle;
  }
  return list[low - 1];
}

export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
