import { GradlabError } from "../errors.js";
import type { PostProcessorJson, TemplateItemJson } from "./tokenizer-json.js";

/** A part of a sequence: one of the texts, or special tokens; `type` is its token type. */
export type TemplatePiece = { readonly type: number } & (
  { readonly text: "A" | "B" } | { readonly ids: readonly number[] }
);

type IdOf = (token: string) => number | undefined;

/**
 * How one text (or two, with `pair`) lies between special tokens; undefined where the post-processor does not say.
 *
 * @throws E_TOKENIZER for a kind that is not supported
 */
export function templatePieces(
  json: PostProcessorJson | null,
  pair: boolean,
  idOf: IdOf,
): readonly TemplatePiece[] | undefined {
  switch (json?.type) {
    case undefined:
    case "ByteLevel":
      return undefined;
    case "BertProcessing":
    case "RobertaProcessing":
      return classifierPieces(json, pair);
    case "TemplateProcessing":
      return (pair ? json.pair : json.single)?.map((item) => pieceOf(item, json.special_tokens, idOf));
    case "Sequence":
      return json.processors
        .map((step) => templatePieces(step, pair, idOf))
        .reduce((inner, outer) => (inner && outer ? nested(inner, outer) : (inner ?? outer)), undefined);
    default: {
      const { type } = json as { type: unknown };
      throw new GradlabError("E_TOKENIZER", `The post-processor ${JSON.stringify(type)} is not supported.`, {
        hint: "Supported: TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and Sequences of them.",
      });
    }
  }
}

/** The inner sequence in the place of the outer one's first text. */
const nested = (inner: readonly TemplatePiece[], outer: readonly TemplatePiece[]): TemplatePiece[] =>
  outer.flatMap((piece) => ("text" in piece ? (piece.text === "A" ? inner : []) : [piece]));

function classifierPieces(
  json: Extract<PostProcessorJson, { type: "BertProcessing" | "RobertaProcessing" }>,
  pair: boolean,
): TemplatePiece[] {
  if (!Array.isArray(json.cls) || !Array.isArray(json.sep))
    throw new GradlabError("E_TOKENIZER", `The post-processor ${json.type} does not name its cls and sep.`);
  const [before, end] = [[json.cls[1]], [json.sep[1]]];
  const roberta = json.type === "RobertaProcessing";
  const type = roberta ? 0 : 1;
  return [
    { type: 0, ids: before },
    { type: 0, text: "A" },
    { type: 0, ids: end },
    ...(pair && roberta ? [{ type, ids: end }] : []),
    ...(pair ? [{ type, text: "B" } as const, { type, ids: end }] : []),
  ];
}

function pieceOf(
  { Sequence: text, SpecialToken: special }: TemplateItemJson,
  known: Readonly<Record<string, { readonly ids: readonly number[] }>>,
  idOf: IdOf,
): TemplatePiece {
  if (text) return { type: text.type_id ?? 0, text: text.id === "B" ? "B" : "A" };
  const name = special?.id ?? "";
  const ids: readonly (number | undefined)[] = known[name]?.ids ?? [idOf(name)];
  if (ids.includes(undefined))
    throw new GradlabError(
      "E_TOKENIZER",
      `The special token ${JSON.stringify(name)} is not in the vocabulary.`,
    );
  return { type: special?.type_id ?? 0, ids: ids as number[] };
}
