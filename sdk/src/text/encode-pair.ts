import { GradlabError } from "../errors.js";
import type { TextTokenizer } from "./text-tokenizer.js";
import type { PostProcessorJson, TemplateItemJson } from "./tokenizer-json.js";

/** Two texts as one sequence. */
export interface EncodedPair {
  readonly ids: Int32Array;
  /** 0 for what belongs to the first text, 1 for the second, as the tokenizer's template says. */
  readonly types: Int32Array;
}

type Piece = { readonly type: number } & ({ readonly text: "A" | "B" } | { readonly ids: readonly number[] });

/**
 * A question and a passage, a premise and a hypothesis: two texts as one sequence, by the tokenizer's template for pairs.
 *
 * @throws E_TOKENIZER when the tokenizer has no such template
 * @example const { ids: row, types } = encodePair(tokenizer, "Who?", "It was her.");
 */
export function encodePair(tokenizer: TextTokenizer, first: string, second: string): EncodedPair {
  const plain = { addSpecialTokens: false };
  const texts = { A: tokenizer.encode(first, plain), B: tokenizer.encode(second, plain) };
  const pieces = pairTemplate(tokenizer.toJSON().post_processor);
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

function pairTemplate(json: PostProcessorJson | null): Piece[] | undefined {
  switch (json?.type) {
    case "BertProcessing":
    case "RobertaProcessing": {
      const [before, end] = [[json.cls[1]], [json.sep[1]]];
      const roberta = json.type === "RobertaProcessing";
      const second = roberta ? 0 : 1;
      return [
        { type: 0, ids: before },
        { type: 0, text: "A" },
        { type: 0, ids: roberta ? [...end, ...end] : end },
        { type: second, text: "B" },
        { type: second, ids: end },
      ];
    }
    case "TemplateProcessing":
      return json.pair?.map((item) => pieceOf(item, json.special_tokens));
    case "Sequence":
      return json.processors.map(pairTemplate).find((pieces) => pieces !== undefined);
    default:
      return undefined;
  }
}

function pieceOf(
  { Sequence: text, SpecialToken: special }: TemplateItemJson,
  known: Readonly<Record<string, { readonly ids: readonly number[] }>>,
): Piece {
  if (text) return { type: text.type_id ?? 0, text: text.id === "B" ? "B" : "A" };
  return { type: special?.type_id ?? 0, ids: known[special?.id ?? ""]?.ids ?? [] };
}
