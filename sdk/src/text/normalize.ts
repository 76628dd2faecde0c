import { GradlabError } from "../errors.js";
import { createBertNormalizer } from "./bert-words.js";
import { createCharsmap } from "./charsmap.js";
import {
  inTurn,
  KEEP,
  LOWERCASE,
  prepending,
  rewriting,
  stripping,
  unicodeForm,
  type Normalizer,
} from "./normalizer.js";
import { escapeRegExp, toRegExp } from "./translate-pattern.js";
import type { NormalizerJson } from "./tokenizer-json.js";

/** Builds what a tokenizer.json `normalizer` describes. @throws E_TOKENIZER for a kind that is not supported */
export function createNormalizer(config: NormalizerJson | null): Normalizer {
  if (config === null) return KEEP;
  switch (config.type) {
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return unicodeForm(config.type);
    case "Lowercase":
      return LOWERCASE;
    case "StripAccents":
      return rewriting(/\p{M}/gu, "");
    case "Replace":
      return replacing(config);
    case "Prepend":
      return prepending(config.prepend);
    case "Strip":
      return stripping(config.strip_left ?? true, config.strip_right ?? true);
    case "BertNormalizer":
      return createBertNormalizer(config);
    case "Precompiled":
      return createCharsmap(config.precompiled_charsmap, { longest: config.longest_match ?? false });
    case "Sequence":
      return inTurn(config.normalizers.map(createNormalizer));
    default: {
      const { type } = config as { type: unknown };
      throw new GradlabError("E_TOKENIZER", `The normalizer ${JSON.stringify(type)} is not supported.`, {
        hint: "Supported: NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Replace, Prepend, Strip, BertNormalizer, Precompiled and Sequences of them.",
      });
    }
  }
}

function replacing(config: Extract<NormalizerJson, { type: "Replace" }>): Normalizer {
  const { pattern, content } = config as Partial<typeof config>;
  const { Regex: regex, String: plain } = pattern ?? {};
  if (content === undefined || (regex ?? plain) === undefined) {
    throw new GradlabError("E_TOKENIZER", "The normalizer Replace has no pattern, or no content.");
  }
  return rewriting(regex === undefined ? new RegExp(escapeRegExp(plain!), "gu") : toRegExp(regex), content);
}
