import { GradlabError } from "../errors.js";
import type { PostProcessorJson, TemplateItemJson, TokenizerConfigJson } from "./tokenizer-json.js";

/** Ids a post-processor puts around a text. */
export interface TokenTemplate {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

export interface SpecialIds {
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly pad: number | undefined;
}

const NOTHING: TokenTemplate = { before: new Int32Array(0), after: new Int32Array(0) };

/** Usual names, tried in order when tokenizer_config.json names none. */
const USUAL_EOS = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|im_end|>"];
const USUAL_PAD = ["<|pad|>", "<pad>", "[PAD]"];

/** Reads a tokenizer.json `post_processor`. @throws E_TOKENIZER for a kind that is not supported */
export function readTemplate(
  config: PostProcessorJson | null,
  ids: ReadonlyMap<string, number>,
): TokenTemplate {
  if (config === null) return NOTHING;
  switch (config.type) {
    case "ByteLevel":
      return NOTHING;
    case "Sequence":
      return config.processors
        .map((processor) => readTemplate(processor, ids))
        .reduce(
          (inner, outer) => ({
            before: Int32Array.of(...outer.before, ...inner.before),
            after: Int32Array.of(...inner.after, ...outer.after),
          }),
          NOTHING,
        );
    case "BertProcessing":
    case "RobertaProcessing":
      if (!Array.isArray(config.cls) || !Array.isArray(config.sep))
        throw new GradlabError(
          "E_TOKENIZER",
          `The post-processor ${config.type} does not name its cls and sep.`,
        );
      return { before: Int32Array.of(config.cls[1]), after: Int32Array.of(config.sep[1]) };
    case "TemplateProcessing": {
      const at = config.single.findIndex((item) => item.Sequence !== undefined);
      const pick = (items: readonly TemplateItemJson[]): Int32Array =>
        Int32Array.from(
          items.flatMap((item) => {
            const name = item.SpecialToken?.id;
            if (name === undefined) throw new GradlabError("E_TOKENIZER", "The template names a text twice.");
            return config.special_tokens[name]?.ids ?? [requireId(name, ids)];
          }),
        );
      return { before: pick(config.single.slice(0, at)), after: pick(config.single.slice(at + 1)) };
    }
    default: {
      const { type } = config as { type: unknown };
      throw new GradlabError("E_TOKENIZER", `The post-processor ${JSON.stringify(type)} is not supported.`, {
        hint: "Supported: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and Sequences of them.",
      });
    }
  }
}

/** bos, eos and pad: as tokenizer_config.json says, else by the template or by their usual names. */
export function readSpecialIds(
  config: TokenizerConfigJson,
  ids: ReadonlyMap<string, number>,
  template: TokenTemplate,
): SpecialIds {
  const named = (token: TokenizerConfigJson["bos_token"]): number | undefined => {
    if (token === undefined || token === null) return undefined;
    return requireId(typeof token === "string" ? token : token.content, ids);
  };
  const usual = (names: readonly string[]): number | undefined => {
    const name = names.find((candidate) => ids.has(candidate));
    return name === undefined ? undefined : ids.get(name);
  };
  return {
    bos: named(config.bos_token) ?? (template.before.length === 1 ? template.before[0] : undefined),
    eos: named(config.eos_token) ?? usual(USUAL_EOS),
    pad: named(config.pad_token) ?? usual(USUAL_PAD),
  };
}

function requireId(token: string, ids: ReadonlyMap<string, number>): number {
  const id = ids.get(token);
  if (id === undefined)
    throw new GradlabError(
      "E_TOKENIZER",
      `The special token ${JSON.stringify(token)} is not in the vocabulary.`,
    );
  return id;
}
