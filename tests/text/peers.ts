import { existsSync } from "node:fs";

/** A peer's tokenizer, as far as it is asked. */
export interface NativeTokenizer {
  encodeBatch(texts: string[]): Promise<{ getIds(): ArrayLike<number>; getOffsets(): number[][] }[]>;
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

/** gpt-tokenizer, by the name of an encoding such as "cl100k_base". */
export const gptTokenizer = (encoding: string): Promise<ImportedEncoding | undefined> =>
  optional<ImportedEncoding>(`gpt-tokenizer/encoding/${encoding}`);

/** The file of a package that is installed, or undefined. */
export function packageFile(path: string): URL | undefined {
  const file = new URL(`../../../node_modules/${path}`, import.meta.url);
  return existsSync(file) ? file : undefined;
}
