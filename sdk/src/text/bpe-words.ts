import { GradlabError } from "../errors.js";
import { placeByBytes, placeByCharacters, type Extent } from "./encodings/place-tokens.js";
import { bytesOfToken, charOfByte } from "./byte-level.js";
import type { BpeModel } from "./tokenizer-file.js";
import type { MetaspaceJson } from "./metaspace.js";
import type { PreTokenizerJson, TokenizerJson } from "./tokenizer-json.js";

/** What lies between the words of a BPE tokenizer and its ids. */
export interface BpeWords {
  /** The ids of one word. */
  readonly encode: (word: string) => Int32Array;
  /** Where the tokens of a word lie in it, as in TracedWord. */
  readonly placesOf: (word: string, ids: Int32Array) => Int32Array;
  /** The bytes a token of the vocabulary stands for. */
  readonly bytesOf: (token: string) => Uint8Array;
  /** Splits a word further where no merge reaches across, so that what is short is found in the cache. */
  readonly cut: (word: string) => readonly string[];
}

const MARK = "▁";
const SPACE = 0x20;
const encoder = new TextEncoder();

/** Whether words begin as characters (SentencePiece's BPE) rather than as bytes (GPT-2's). */
export function startsFromCharacters({ model, pre_tokenizer: splitter, decoder }: TokenizerJson): boolean {
  if (model.byte_fallback) return true;
  const bytes = hasByteLevel(splitter) || (decoder as { type?: string } | null)?.type === "ByteLevel";
  return typeof model.unk_token === "string" && !bytes;
}

function hasByteLevel(config: PreTokenizerJson | MetaspaceJson | null): boolean {
  return config?.type === "Sequence" ? config.pretokenizers.some(hasByteLevel) : config?.type === "ByteLevel";
}

export function createBpeWords(json: TokenizerJson, model: BpeModel): BpeWords {
  return startsFromCharacters(json) ? fromCharacters(json, model) : fromBytes(json, model);
}

/** Merges ids in a piece of memory that is used again. */
function createMerging({
  merges,
}: BpeModel): (length: number, fill: (ids: Int32Array) => number) => Int32Array {
  let scratch = new Int32Array(256);
  return (length, fill) => {
    if (length > scratch.length) scratch = new Int32Array(length * 2);
    return scratch.slice(0, merges.merge(scratch, fill(scratch)));
  };
}

function fromBytes({ model: options }: TokenizerJson, model: BpeModel): BpeWords {
  const suffix = options.end_of_word_suffix ?? "";
  const idsOfBytes = (end: string): Int32Array =>
    Int32Array.from({ length: 256 }, (_, byte) => model.ids.get(charOfByte(byte) + end) ?? -1);
  const idOfByte = idsOfBytes("");
  const idOfLastByte = suffix ? idsOfBytes(suffix) : idOfByte;
  const merging = createMerging(model);
  return {
    cut: (word) => [word],
    bytesOf: (token) => bytesOfPiece(token, suffix),
    placesOf: (word, ids) =>
      placeByBytes(
        word,
        ids.map((id) => byteCount(model.tokens[id] ?? "", suffix)),
      ),
    encode: (word) => {
      const bytes = encoder.encode(word);
      if (options.ignore_merges) {
        const whole = model.ids.get(Array.from(bytes, charOfByte).join("") + suffix);
        if (whole !== undefined) return Int32Array.of(whole);
      }
      return merging(bytes.length, (ids) => {
        for (let i = 0; i < bytes.length; i++) {
          ids[i] = (i < bytes.length - 1 ? idOfByte : idOfLastByte)[bytes[i]];
          if (ids[i] < 0)
            throw new GradlabError("E_TOKENIZER", `The vocabulary has no token for byte ${bytes[i]}.`);
        }
        return bytes.length;
      });
    },
  };
}

/** Bytes of text in a token of a word: each is a character of the alphabet. */
const byteCount = (token: string, suffix: string): number =>
  token.length - (suffix !== "" && token.endsWith(suffix) ? suffix.length : 0);

/** The bytes of a token of the vocabulary; a word's end is a space. */
function bytesOfPiece(token: string, suffix: string): Uint8Array {
  if (suffix === "" || !token.endsWith(suffix)) return bytesOfToken(token);
  return Uint8Array.of(...bytesOfToken(token.slice(0, -suffix.length)), SPACE);
}

function fromCharacters(json: TokenizerJson, model: BpeModel): BpeWords {
  const { model: options } = json;
  const bytes = options.byte_fallback ? byteTokens(model.ids) : undefined;
  const unknown = typeof options.unk_token === "string" ? model.ids.get(options.unk_token) : undefined;
  const spelling = new Set(bytes);
  const merging = createMerging(model);
  const spell = (char: string, ids: Int32Array, length: number): number => {
    const id = model.ids.get(char);
    if (id !== undefined) ids[length++] = id;
    else if (bytes) for (const byte of encoder.encode(char)) ids[length++] = bytes[byte];
    else if (unknown !== undefined && !(options.fuse_unk && length > 0 && ids[length - 1] === unknown))
      ids[length++] = unknown;
    return length;
  };
  return {
    cut: joinsAcrossMarks(options.merges) ? (word) => [word] : (word) => word.match(/▁+[^▁]*|[^▁]+/gu) ?? [],
    bytesOf: (token) => {
      const byte = options.byte_fallback ? byteOf(token) : undefined;
      return byte === undefined ? encoder.encode(token.replaceAll(MARK, " ")) : Uint8Array.of(byte);
    },
    placesOf: (word, ids) => {
      const extentOf = (id: number): Extent => {
        if (id === unknown) return options.fuse_unk ? "unknown" : "character";
        return spelling.has(id) ? "byte" : (model.tokens[id]?.length ?? 0);
      };
      const whole = ids.length === 1 && model.tokens[ids[0]] === word;
      const extents = whole ? [word.length] : Array.from(ids, extentOf);
      return placeByCharacters(word, extents, (char) => !model.ids.has(char));
    },
    encode: (word) => {
      const whole = options.ignore_merges ? model.ids.get(word) : undefined;
      if (whole !== undefined) return Int32Array.of(whole);
      return merging(word.length * 3, (ids) => {
        let length = 0;
        for (const char of word) length = spell(char, ids, length);
        return length;
      });
    },
  };
}

/** Whether any merge gives a piece with a mark behind another character: then words are merged as a whole. */
function joinsAcrossMarks(merges: TokenizerJson["model"]["merges"]): boolean {
  return merges.some((merge) => {
    const piece = typeof merge === "string" ? merge.replace(" ", "") : merge[0] + merge[1];
    return /[^▁]▁/u.test(piece);
  });
}

/** "<0x0A>" → 10; undefined for any other token. */
export function byteOf(token: string): number | undefined {
  return /^<0x[0-9A-F]{2}>$/.test(token) ? Number.parseInt(token.slice(3, 5), 16) : undefined;
}

/** The id of "<0x00>" to "<0xFF>"; undefined unless all are there. */
export function byteTokens(ids: ReadonlyMap<string, number>): Int32Array | undefined {
  const found = Int32Array.from({ length: 256 }, (_, byte) => ids.get(byteName(byte)) ?? -1);
  return found.includes(-1) ? undefined : found;
}

/** 10 → "<0x0A>" */
export function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}
