import { GradlabError } from "../errors.js";
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
    case "Sequence": {
      const steps = config.normalizers.map(createNormalizer);
      return (text) => steps.reduce((current, step) => step(current), text);
    }
    default: {
      const { type } = config as { type: unknown };
      throw new GradlabError("E_TOKENIZER", `The normalizer ${JSON.stringify(type)} is not supported.`, {
        hint: "Supported: NFC, NFD, NFKC, NFKD, Lowercase and Sequences of them.",
      });
    }
  }
}
