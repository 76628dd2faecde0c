import type { EncodeOptions, DecodeOptions } from "./tokenizer.js";
import type { PostProcessorJson, TokenizerConfigJson } from "./tokenizer-json.js";

/** What every kind of tokenizer can do. */
export interface TextTokenizer {
  /** One more than the highest id: the rows an embedding needs. */
  readonly vocabSize: number;
  readonly padId: number | undefined;
  /** Text → ids. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Ids → text. @throws E_INDEX */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** The id of a token in its stored form, or undefined. */
  idOf(token: string): number | undefined;
  /** The contents of tokenizer.json. */
  toJSON(): { readonly post_processor: PostProcessorJson | null };
  /** The contents of tokenizer_config.json. */
  toConfig(): TokenizerConfigJson;
}
