import type { Encoding } from "./encodings/encoding.js";
import type { PaddingOptions, TruncationOptions } from "./encodings/limits.js";
import type { PostProcessorJson, TokenizerConfigJson } from "./tokenizer-json.js";

export interface EncodeOptions {
  /** Adds what the post-processor asks for, such as a beginning-of-text token. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Reads `<|im_end|>` in the text as that token; false treats it as plain text (safe for user input). Default true. */
  readonly parseSpecialTokens?: boolean;
}

export interface EncodingOptions extends EncodeOptions {
  /** false leaves texts whole. Default: what tokenizer.json says, which mostly is nothing. */
  readonly truncation?: TruncationOptions | false;
  /** true pads to the longest of the batch, false not at all. Default: what tokenizer.json says, which mostly is nothing. */
  readonly padding?: PaddingOptions | boolean;
}

export interface DecodeOptions {
  /** Leaves out tokens marked special. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** A text, or two that belong together: a question and a passage, a premise and a hypothesis. */
export type TextOrPair = string | readonly [first: string, second: string];

/** What every kind of tokenizer can do. */
export interface TextTokenizer {
  /** One more than the highest id: the rows an embedding needs. */
  readonly vocabSize: number;
  readonly padId: number | undefined;
  /** Text → ids of all of it: what a tokenizer.json says of truncation and padding is for `encodeWithOffsets` and `encodeBatch`. */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** Text → ids and, for each, where it comes from and what models ask beside. @throws E_CONFIG for limits that cannot be kept */
  encodeWithOffsets(text: TextOrPair, options?: EncodingOptions): Encoding;
  /** Texts → encodings, of one length when padded. @throws E_CONFIG for limits that cannot be kept */
  encodeBatch(texts: Iterable<TextOrPair>, options?: EncodingOptions): readonly Encoding[];
  /** Ids → text. @throws E_INDEX */
  decode(ids: ArrayLike<number>, options?: DecodeOptions): string;
  /** The id of a token in its stored form, or undefined. */
  idOf(token: string): number | undefined;
  /** The contents of tokenizer.json. */
  toJSON(): { readonly post_processor: PostProcessorJson | null };
  /** The contents of tokenizer_config.json. */
  toConfig(): TokenizerConfigJson;
}
