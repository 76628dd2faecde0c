/** What a token takes of a word's characters: so many units, one byte, a character, or as many unknown characters as there are. */
export type Extent = number | "byte" | "character" | "unknown";

const bytesOf = (point: number): number => (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);

/** Where tokens of so many UTF-8 bytes lie in a word; a token that holds part of a character lies where all of it does. */
export function placeByBytes(word: string, lengths: Int32Array): Int32Array {
  const places = new Int32Array(lengths.length * 2);
  // The character that holds the byte: its first unit and byte, and those behind it.
  let [unit, byte, nextUnit, nextByte] = [0, 0, 0, 0];
  const seek = (target: number): void => {
    while (nextByte <= target && nextUnit < word.length) {
      [unit, byte] = [nextUnit, nextByte];
      const point = word.codePointAt(unit) ?? 0;
      nextUnit = unit + (point > 0xffff ? 2 : 1);
      nextByte = byte + bytesOf(point);
    }
  };
  let at = 0;
  lengths.forEach((length, i) => {
    seek(at);
    places[2 * i] = unit;
    at += length;
    seek(at - 1);
    places[2 * i + 1] = nextUnit;
  });
  return places;
}

/**
 * Where tokens lie in a word, by what each takes of it.
 *
 * @param isUnknown whether a character is none of the vocabulary, for tokens that stand for several unknown ones
 */
export function placeByCharacters(
  word: string,
  extents: readonly Extent[],
  isUnknown: (char: string) => boolean,
): Int32Array {
  const places = new Int32Array(extents.length * 2);
  const charAt = (at: number): string => String.fromCodePoint(word.codePointAt(at) ?? 0);
  let at = 0;
  /** Bytes of the character at `at` that have been spelled. */
  let spelled = 0;
  extents.forEach((extent, i) => {
    let end = at;
    if (typeof extent === "number") end += extent;
    else
      do end += charAt(end).length;
      while (extent === "unknown" && end < word.length && isUnknown(charAt(end)));
    places[2 * i] = at;
    places[2 * i + 1] = Math.min(end, word.length);
    if (extent === "byte" && ++spelled < bytesOf(word.codePointAt(at) ?? 0)) return;
    spelled = 0;
    at = end;
  });
  return places;
}
