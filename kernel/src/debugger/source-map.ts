/** A place of the running text and the place of the original that it came from; all from 0. */
export interface Segment {
  readonly line: number;
  readonly column: number;
  readonly originalLine: number;
  readonly originalColumn: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The `mappings` of a source map (ECMA-426) of one source, in the order of the running text. */
export function decodeMappings(mappings: string): Segment[] {
  const segments: Segment[] = [];
  let [originalLine, originalColumn] = [0, 0];
  mappings.split(";").forEach((group, line) => {
    let column = 0;
    for (const text of group === "" ? [] : group.split(",")) {
      const [columns, , lines, originals] = decodeNumbers(text);
      column += columns ?? 0;
      if (lines === undefined || originals === undefined) continue;
      originalLine += lines;
      originalColumn += originals;
      segments.push({ line, column, originalLine, originalColumn });
    }
  });
  return segments;
}

/** Base 64 VLQ: five bits a digit, the lowest first; bit 0 of the first is the sign. */
function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

interface DataMap {
  readonly mappings: string;
  readonly sourcesContent?: readonly (string | null)[];
}

/** The map that a script carries in its last line as a data URL. */
export function readInlineMap(url: string | undefined): DataMap | undefined {
  const data = /^data:application\/json;(?:charset=[\w-]+;)?base64,(.*)$/s.exec(url ?? "")?.[1];
  if (data === undefined) return undefined;
  try {
    const map = JSON.parse(Buffer.from(data, "base64").toString("utf8")) as Partial<DataMap>;
    return typeof map.mappings === "string" ? (map as DataMap) : undefined;
  } catch {
    return undefined;
  }
}
