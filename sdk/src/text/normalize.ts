import { GradlabError } from "../errors.js";
import { createBertNormalizer } from "./bert-words.js";
import { createCharsmap } from "./charsmap.js";
import { toRegExp } from "./split-words.js";
import type { NormalizerJson } from "./tokenizer-json.js";

/** Builds what a tokenizer.json `normalizer` describes. @throws E_TOKENIZER for a kind that is not supported */
export function createNormalizer(config: NormalizerJson | null): (text: string) => string {
  if (config === null) return (text) => text;
  switch (config.type) {
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return (text) => text.normalize(config.type);
    case "Lowercase":
      return (text) => text.toLowerCase();
    case "Replace":
      return replacing(config);
    case "Prepend":
      return (text) => (text === "" ? text : config.prepend + text);
    case "Strip": {
      const { strip_left: left = true, strip_right: right = true } = config;
      return (text) => (left ? (right ? text.trim() : text.trimStart()) : right ? text.trimEnd() : text);
    }
    case "BertNormalizer":
      return createBertNormalizer(config);
    case "Precompiled":
      return createCharsmap(config.precompiled_charsmap, { longest: config.longest_match ?? false });
    case "Sequence": {
      const steps = config.normalizers.map(createNormalizer);
      return (text) => steps.reduce((current, step) => step(current), text);
    }
    default: {
      const { type } = config as { type: unknown };
      throw new GradlabError("E_TOKENIZER", `The normalizer ${JSON.stringify(type)} is not supported.`, {
        hint: "Supported: NFC, NFD, NFKC, NFKD, Lowercase, Replace, Prepend, Strip, BertNormalizer, Precompiled and Sequences of them.",
      });
    }
  }
}

function replacing(config: Extract<NormalizerJson, { type: "Replace" }>): (text: string) => string {
  const { pattern, content } = config as Partial<typeof config>;
  const { Regex: regex, String: plain } = pattern ?? {};
  if (content === undefined || (regex ?? plain) === undefined) {
    throw new GradlabError("E_TOKENIZER", "The normalizer Replace has no pattern, or no content.");
  }
  if (regex === undefined) return (text) => text.replaceAll(plain!, () => content);
  const matches = toRegExp(regex);
  return (text) => text.replace(matches, () => content);
}
