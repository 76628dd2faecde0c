import { GradlabError } from "../errors.js";
import type { Change } from "./encodings/traced-text.js";
import type { Normalizer } from "./normalizer.js";

const utf8 = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** Made when it is first needed: it is slow to make. */
let graphemes: Intl.Segmenter | undefined;

/** Graphemes of this many bytes or more are looked up character by character, as in the reference. */
const WHOLE_GRAPHEME_BYTES = 6;
/** So many are remembered with what takes their place. */
const KNOWN_GRAPHEMES = 16_384;

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
export function createCharsmap(base64: string, { longest = false }: CharsmapOptions = {}): Normalizer {
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
  const edits = longest ? longestEdits(units, textAt) : graphemeEdits(units, textAt);
  return {
    apply: (text) =>
      edits(text)
        .map(({ to }) => to)
        .join(""),
    trace: (text) => {
      const all = edits(text.text);
      return all.every(({ from, to }) => from === to) ? text : text.transform(...changesOf(all));
    },
  };
}

/** A part of the text and what takes its place. */
interface Edit {
  readonly from: string;
  readonly to: string;
}

type TextAt = (at: number) => Uint8Array;

/** Graphemes and characters that are keys, as in Hugging Face's tokenizers. */
function graphemeEdits(units: Uint32Array, textAt: TextAt): (text: string) => Edit[] {
  const replaced = (part: string): string | undefined => {
    const at = shortestMatch(units, utf8.encode(part));
    return at === undefined ? undefined : decoder.decode(textAt(at));
  };
  const editsOf = (grapheme: string): readonly Edit[] => {
    const short = utf8.encode(grapheme).length < WHOLE_GRAPHEME_BYTES;
    const whole = short ? replaced(grapheme) : undefined;
    if (whole !== undefined) return [{ from: grapheme, to: whole }];
    return Array.from(grapheme, (char) => ({ from: char, to: replaced(char) ?? char }));
  };
  const known = new Map<string, readonly Edit[]>();
  return (text) => {
    const edits: Edit[] = [];
    for (const grapheme of graphemesOf(text)) {
      let own = known.get(grapheme);
      if (own === undefined) {
        if (known.size >= KNOWN_GRAPHEMES) known.clear();
        known.set(grapheme, (own = editsOf(grapheme)));
      }
      for (const edit of own) edits.push(edit);
    }
    return edits;
  };
}

/** Letters that are graphemes by themselves unless something of another kind stands beside them: most of English and Chinese. */
const ALONE = "\\0-\\x0c\\x0e-\\xa8\\xaa-\\xad\\xaf-\\u02ff\\u3041-\\u3096\\u30a1-\\u30fa\\u4e00-\\u9fff";
const STRETCHES = new RegExp(`[${ALONE}](?![^${ALONE}])|[${ALONE}]?(?:[^${ALONE}]+[${ALONE}]?)+`, "g");

/** Only stretches with characters that may join others are given to the slow segmenter. */
function graphemesOf(text: string): readonly string[] {
  const parts = text.match(STRETCHES) ?? [];
  if (parts.length === text.length) return parts;
  graphemes ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  const cut = graphemes;
  return parts.flatMap((part) =>
    part.length === 1 ? part : Array.from(cut.segment(part), ({ segment }) => segment),
  );
}

/** At each place the longest key is replaced, else a character is kept, as in SentencePiece. */
function longestEdits(units: Uint32Array, textAt: TextAt): (text: string) => Edit[] {
  return (text) => {
    const bytes = utf8.encode(text);
    const edits: Edit[] = [];
    for (let [at, unit] = [0, 0]; at < bytes.length;) {
      const found = longestMatch(units, bytes, at);
      const end = found?.end ?? at + sizeOfCharacter(bytes[at]);
      const start = unit;
      for (; at < end; at += sizeOfCharacter(bytes[at])) unit += bytes[at] < 0xf0 ? 1 : 2;
      const from = text.slice(start, unit);
      edits.push({ from, to: found ? decoder.decode(textAt(found.value)) : from });
    }
    return edits;
  };
}

/** What is longer than what it replaces is new at its end; what is shorter swallows the rest; and how many go before all others. */
function changesOf(edits: readonly Edit[]): [changes: Change[], skipped: number] {
  const changes: [string, number][] = [];
  let skipped = 0;
  for (const { from, to } of edits) {
    const [before, after] = [Array.from(from).length, Array.from(to)];
    after.forEach((char, i) => changes.push([char, i < before ? 0 : 1]));
    const swallowed = Math.max(0, before - after.length);
    const last = changes.at(-1);
    if (last) last[1] -= swallowed;
    else skipped += swallowed;
  }
  return [changes, skipped];
}

const sizeOfCharacter = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4);

interface Match {
  /** The byte behind the key. */
  readonly end: number;
  readonly value: number;
}

/** The longest key among the bytes from `from` on; with `first`, the shortest. */
function longestMatch(units: Uint32Array, bytes: Uint8Array, from: number, first = false): Match | undefined {
  let at = offsetOf(units[0]);
  let [end, value] = [-1, 0];
  for (let i = from; i < bytes.length && bytes[i] !== 0; i++) {
    at ^= bytes[i];
    const unit = units[at] ?? 0;
    if (labelOf(unit) !== bytes[i]) break;
    at ^= offsetOf(unit);
    if (!hasLeaf(unit)) continue;
    [end, value] = [i + 1, valueOf(units[at] ?? 0)];
    if (first) break;
  }
  return end < 0 ? undefined : { end, value };
}

const shortestMatch = (units: Uint32Array, key: Uint8Array): number | undefined =>
  longestMatch(units, key, 0, true)?.value;
