import type { MetaspaceJson } from "./metaspace.js";

/** The parts of Hugging Face's tokenizer.json that gradlab reads and writes. */

export type SplitBehavior = "Isolated" | "Removed" | "MergedWithPrevious" | "MergedWithNext" | "Contiguous";

export type PreTokenizerJson =
  | { readonly type: "Sequence"; readonly pretokenizers: readonly PreTokenizerJson[] }
  | {
      readonly type: "ByteLevel";
      readonly add_prefix_space?: boolean;
      readonly trim_offsets?: boolean;
      readonly use_regex?: boolean;
    }
  | {
      readonly type: "Split";
      readonly pattern: { readonly Regex?: string; readonly String?: string };
      readonly behavior: SplitBehavior;
      readonly invert?: boolean;
    }
  | { readonly type: "Punctuation"; readonly behavior?: SplitBehavior }
  | { readonly type: "Whitespace" | "WhitespaceSplit" }
  | { readonly type: "Digits"; readonly individual_digits?: boolean };

export type NormalizerJson =
  | { readonly type: "NFC" | "NFD" | "NFKC" | "NFKD" | "Lowercase" | "StripAccents" }
  | {
      readonly type: "Replace";
      readonly pattern: { readonly Regex?: string; readonly String?: string };
      readonly content: string;
    }
  | { readonly type: "Prepend"; readonly prepend: string }
  | { readonly type: "Strip"; readonly strip_left?: boolean; readonly strip_right?: boolean }
  | {
      readonly type: "BertNormalizer";
      readonly clean_text?: boolean;
      readonly handle_chinese_chars?: boolean;
      /** null: as `lowercase`. */
      readonly strip_accents?: boolean | null;
      readonly lowercase?: boolean;
    }
  | {
      readonly type: "Precompiled";
      readonly precompiled_charsmap: string;
      /** gradlab's own: the longest key at each place, as SentencePiece does. Others leave it out. */
      readonly longest_match?: boolean;
    }
  | { readonly type: "Sequence"; readonly normalizers: readonly NormalizerJson[] };

export interface TemplateItemJson {
  readonly SpecialToken?: { readonly id: string; readonly type_id?: number };
  readonly Sequence?: { readonly id: string; readonly type_id?: number };
}

export type PostProcessorJson =
  | { readonly type: "Sequence"; readonly processors: readonly PostProcessorJson[] }
  | { readonly type: "ByteLevel"; readonly [option: string]: unknown }
  | {
      readonly type: "BertProcessing" | "RobertaProcessing";
      readonly sep: readonly [token: string, id: number];
      readonly cls: readonly [token: string, id: number];
    }
  | {
      readonly type: "TemplateProcessing";
      readonly single: readonly TemplateItemJson[];
      readonly pair?: readonly TemplateItemJson[];
      readonly special_tokens: Readonly<Record<string, { readonly ids: readonly number[] }>>;
    };

export interface AddedTokenJson {
  readonly id: number;
  readonly content: string;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  readonly normalized?: boolean;
  readonly special?: boolean;
}

export interface TokenizerJson {
  readonly version: string;
  readonly truncation?: unknown;
  readonly padding?: unknown;
  readonly added_tokens: readonly AddedTokenJson[];
  readonly normalizer: NormalizerJson | null;
  readonly pre_tokenizer: PreTokenizerJson | MetaspaceJson | null;
  readonly post_processor: PostProcessorJson | null;
  readonly decoder?: unknown;
  readonly model: {
    readonly type?: string;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (string | readonly [string, string])[];
    readonly ignore_merges?: boolean;
    readonly byte_fallback?: boolean;
    readonly unk_token?: string | null;
    readonly fuse_unk?: boolean;
    /** Behind the last character of each word, as in CLIP's tokenizer. */
    readonly end_of_word_suffix?: string | null;
    readonly [option: string]: unknown;
  };
}

/** The parts of tokenizer_config.json that gradlab reads and writes. */
export interface TokenizerConfigJson {
  readonly bos_token?: string | { readonly content: string } | null;
  readonly eos_token?: string | { readonly content: string } | null;
  readonly pad_token?: string | { readonly content: string } | null;
  readonly cls_token?: string | { readonly content: string } | null;
  readonly sep_token?: string | { readonly content: string } | null;
  readonly mask_token?: string | { readonly content: string } | null;
  /** Jinja; or several by name, of which "default" is used. */
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[] | null;
  readonly [option: string]: unknown;
}
