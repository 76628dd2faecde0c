import { GradlabError } from "../errors.js";
import type { TextTokenizer } from "./text-tokenizer.js";
import { templatePieces } from "./templates.js";

/** Two texts as one sequence. */
export interface EncodedPair {
  readonly ids: Int32Array;
  /** 0 for what belongs to the first text, 1 for the second, as the tokenizer's template says. */
  readonly types: Int32Array;
}

/**
 * A question and a passage, a premise and a hypothesis: two texts as one sequence, by the tokenizer's template for pairs.
 *
 * @throws E_TOKENIZER when the tokenizer has no such template
 * @example const { ids: row, types } = encodePair(tokenizer, "Who?", "It was her.");
 */
export function encodePair(tokenizer: TextTokenizer, first: string, second: string): EncodedPair {
  const plain = { addSpecialTokens: false };
  const texts = { A: tokenizer.encode(first, plain), B: tokenizer.encode(second, plain) };
  const pieces = templatePieces(tokenizer.toJSON().post_processor, true, (token) => tokenizer.idOf(token));
  if (!pieces) {
    throw new GradlabError("E_TOKENIZER", "This tokenizer has no template for two texts.", {
      hint: "Its tokenizer.json needs a post_processor with a pair.",
    });
  }
  const parts = pieces.map((piece) => ({
    type: piece.type,
    ids: "text" in piece ? texts[piece.text] : piece.ids,
  }));
  return {
    ids: Int32Array.from(parts.flatMap(({ ids }) => Array.from(ids))),
    types: Int32Array.from(parts.flatMap(({ ids, type }) => Array.from(ids, () => type))),
  };
}
