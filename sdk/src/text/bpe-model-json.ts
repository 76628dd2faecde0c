import type { TokenizerJson } from "./tokenizer-json.js";

type ModelJson = TokenizerJson["model"];

/** What differs from one BPE model to another. */
interface BpeParts extends Pick<ModelJson, "vocab" | "merges"> {
  readonly unk_token?: string;
  readonly fuse_unk?: boolean;
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
}

/** The `model` of a tokenizer.json of kind BPE, with all fields that other readers expect, in their order. */
export const bpeModelJson = (parts: BpeParts): ModelJson => ({
  type: "BPE",
  dropout: null,
  unk_token: parts.unk_token ?? null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: parts.fuse_unk ?? false,
  byte_fallback: parts.byte_fallback ?? false,
  ignore_merges: parts.ignore_merges ?? false,
  vocab: parts.vocab,
  merges: parts.merges,
});

/** The decoder of byte-level tokens. */
export const BYTE_LEVEL_DECODER = {
  type: "ByteLevel",
  add_prefix_space: true,
  trim_offsets: true,
  use_regex: true,
} as const;
