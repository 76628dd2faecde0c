import { GradlabError } from "../errors.js";
import { templatePieces, type TemplatePiece } from "./templates.js";
import type { PostProcessorJson, TokenizerConfigJson } from "./tokenizer-json.js";

/** Ids a post-processor puts around a text. */
export interface TokenTemplate {
  readonly before: Int32Array;
  readonly after: Int32Array;
  /** The same, with the text between and token types. */
  readonly pieces: readonly TemplatePiece[];
}

export interface SpecialIds {
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly pad: number | undefined;
}

/** Usual names, tried in order when tokenizer_config.json names none. */
const USUAL_EOS = ["<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|im_end|>"];
const USUAL_PAD = ["<|pad|>", "<pad>", "[PAD]"];

/** Reads a tokenizer.json `post_processor`. @throws E_TOKENIZER for a kind that is not supported */
export function readTemplate(
  config: PostProcessorJson | null,
  ids: ReadonlyMap<string, number>,
): TokenTemplate {
  const pieces = templatePieces(config, false, (token) => ids.get(token)) ?? [{ type: 0, text: "A" }];
  const at = pieces.findIndex((piece) => "text" in piece);
  const idsOf = (some: readonly TemplatePiece[]): Int32Array =>
    Int32Array.from(
      some.flatMap((piece) => {
        if ("ids" in piece) return piece.ids;
        throw new GradlabError("E_TOKENIZER", "The template names a text twice.");
      }),
    );
  return { before: idsOf(pieces.slice(0, at)), after: idsOf(pieces.slice(at + 1)), pieces };
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
