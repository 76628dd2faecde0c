/** The protocol counts cursor positions in code points; JavaScript and LSP count UTF-16 units. */

/** Code points → UTF-16 offset. */
export function toOffset(text: string, points: number): number {
  let offset = 0;
  for (let seen = 0; seen < points && offset < text.length; seen += 1) {
    offset += (text.codePointAt(offset) ?? 0) > 0xffff ? 2 : 1;
  }
  return offset;
}

/** UTF-16 offset → code points. */
export function toPoints(text: string, offset: number): number {
  let points = 0;
  for (let at = 0; at < offset && at < text.length; points += 1) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return points;
}

/** Where the request's cursor stands; the end of the code when it says nothing. */
export function cursorOf(code: string, position: unknown): number {
  return typeof position === "number" && position >= 0 ? toOffset(code, position) : code.length;
}
