import { GradlabError } from "../errors.js";

const utf8 = new TextEncoder();
/** Made when it is first needed: it is slow to make. */
let graphemes: Intl.Segmenter | undefined;

/** Graphemes of this many bytes or more are looked up character by character, as in the reference. */
const WHOLE_GRAPHEME_BYTES = 6;

/** Parts of a unit of the double array. */
const labelOf = (unit: number): number => (unit & 0x800000ff) >>> 0;
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
const hasLeaf = (unit: number): boolean => (unit & 0x100) !== 0;
const valueOf = (unit: number): number => unit & 0x7fffffff;

/**
 * A `Precompiled` normalizer: SentencePiece's table of replacements, a double-array trie over UTF-8 bytes whose values
 * point into a list of texts that end with a zero byte.
 *
 * @param base64 `precompiled_charsmap` in tokenizer.json
 * @throws E_TOKENIZER for a table that is cut
 * @source SentencePiece, builder.cc; Aoe 1989 (double arrays)
 */
export function createCharsmap(base64: string): (text: string) => string {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  const size = bytes.length >= 4 ? new DataView(bytes.buffer).getUint32(0, true) : -1;
  if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw new GradlabError("E_TOKENIZER", "The normalizer's precompiled_charsmap is cut or damaged.");
  }
  const units = new Uint32Array(bytes.slice(4, 4 + size).buffer);
  const texts = bytes.subarray(4 + size);
  const replaced = (part: string): string | undefined => {
    const at = shortestMatch(units, utf8.encode(part));
    if (at === undefined) return undefined;
    const end = texts.indexOf(0, at);
    return new TextDecoder().decode(texts.subarray(at, end < 0 ? texts.length : end));
  };
  const byCharacter = (part: string): string => Array.from(part, (char) => replaced(char) ?? char).join("");
  return (text) =>
    Array.from(
      (graphemes ??= new Intl.Segmenter("und", { granularity: "grapheme" })).segment(text),
      ({ segment }) => {
        const whole = utf8.encode(segment).length < WHOLE_GRAPHEME_BYTES ? replaced(segment) : undefined;
        return whole ?? byCharacter(segment);
      },
    ).join("");
}

/** The value of the shortest key that the bytes begin with. */
function shortestMatch(units: Uint32Array, key: Uint8Array): number | undefined {
  let at = offsetOf(units[0]);
  for (const byte of key) {
    if (byte === 0) return undefined;
    at ^= byte;
    const unit = units[at] ?? 0;
    if (labelOf(unit) !== byte) return undefined;
    at ^= offsetOf(unit);
    if (hasLeaf(unit)) return valueOf(units[at] ?? 0);
  }
  return undefined;
}
