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

/** How a table is applied: `longest` as SentencePiece does, else as Hugging Face's tokenizers do. */
export interface CharsmapOptions {
  readonly longest?: boolean;
}

/**
 * A `Precompiled` normalizer: SentencePiece's table of replacements, a double-array trie over UTF-8 bytes whose values
 * point into a list of texts that end with a zero byte.
 *
 * @param base64 `precompiled_charsmap` in tokenizer.json
 * @throws E_TOKENIZER for a table that is cut
 * @source SentencePiece, builder.cc; Aoe 1989 (double arrays)
 */
export function createCharsmap(
  base64: string,
  { longest = false }: CharsmapOptions = {},
): (text: string) => string {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  const size = bytes.length >= 4 ? new DataView(bytes.buffer).getUint32(0, true) : -1;
  if (size < 4 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw new GradlabError("E_TOKENIZER", "The normalizer's precompiled_charsmap is cut or damaged.");
  }
  const units = new Uint32Array(bytes.slice(4, 4 + size).buffer);
  const texts = bytes.subarray(4 + size);
  const textAt = (at: number): Uint8Array => {
    const end = texts.indexOf(0, at);
    return texts.subarray(at, end < 0 ? texts.length : end);
  };
  if (longest) return (text) => replaceLongest(units, textAt, text);
  const replaced = (part: string): string | undefined => {
    const at = shortestMatch(units, utf8.encode(part));
    return at === undefined ? undefined : new TextDecoder().decode(textAt(at));
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

/** At each place the longest key is replaced, else a character is kept. */
function replaceLongest(units: Uint32Array, textAt: (at: number) => Uint8Array, text: string): string {
  const bytes = utf8.encode(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    let found: Match | undefined;
    for (const match of matches(units, bytes.subarray(at))) found = match;
    const size = found?.size ?? sizeOfCharacter(bytes[at]);
    out.push(found ? textAt(found.value) : bytes.subarray(at, at + size));
    at += size;
  }
  return Buffer.concat(out).toString("utf8");
}

const sizeOfCharacter = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

interface Match {
  readonly size: number;
  readonly value: number;
}

/** The keys that the bytes begin with, shortest first. */
function* matches(units: Uint32Array, key: Uint8Array): Generator<Match> {
  let at = offsetOf(units[0]);
  for (let i = 0; i < key.length && key[i] !== 0; i++) {
    at ^= key[i];
    const unit = units[at] ?? 0;
    if (labelOf(unit) !== key[i]) return;
    at ^= offsetOf(unit);
    if (hasLeaf(unit)) yield { size: i + 1, value: valueOf(units[at] ?? 0) };
  }
}

const shortestMatch = (units: Uint32Array, key: Uint8Array): number | undefined =>
  (matches(units, key).next().value as Match | undefined)?.value;
