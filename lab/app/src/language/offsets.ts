import type { Position } from "./protocol.js";

/** Where the lines of a text begin; they end at \n, \r\n or \r. */
function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length)];
}

/** A place as the kernel counts it → an offset in UTF-16 units, inside the text. */
export function offsetOf(text: string, { line, character }: Position): number {
  const starts = lineStarts(text);
  const start = starts[line];
  if (start === undefined) return text.length;
  const end = starts[line + 1] ?? text.length + 1;
  return Math.min(start + character, Math.max(start, end - 1), text.length);
}

export function positionOf(text: string, offset: number): Position {
  const starts = lineStarts(text);
  let line = starts.length - 1;
  while (line > 0 && starts[line]! > offset) line -= 1;
  return { line, character: offset - starts[line]! };
}
