import { GradlabError } from "../errors.js";
import { specText, Tensor } from "../graph/index.js";
import { cast, ids as idTensor } from "../ops/index.js";
import { sameShape } from "../tensor/index.js";
import { encodePair, type TextOrPair, type TextTokenizer } from "../text/index.js";

type Rows = readonly (readonly number[])[];

/** What a model of text reads: ids, and what goes beside them. */
export interface TokenInput {
  /** int32 [B, T], or rows of equal length. */
  readonly ids: Tensor | Rows;
  /** [B, T], 1 where there is a token and 0 for padding. Default: tokens everywhere. */
  readonly mask?: Tensor | Rows;
  /** [B, T], 0 for the first text and 1 for the second. Default: 0. */
  readonly tokenTypes?: Tensor | Rows;
}

const asIds = (values: Tensor | Rows): Tensor => (values instanceof Tensor ? values : idTensor(values));

/** Token input as tensors, checked. */
export interface TokenRows {
  /** int32 [B, T] */
  readonly ids: Tensor;
  /** bool [B, T]: true where there is a token, false for padding. */
  readonly mask?: Tensor;
  /** int32 [B, T] */
  readonly tokenTypes?: Tensor;
}

/** What bounds a model's input. */
export interface TokenLimits {
  readonly modelType: string;
  /** Tokens a sequence may have. Default: any number. */
  readonly maxPositions?: number;
  /** Kinds of tokens. Default 0: no token types. */
  readonly tokenTypes?: number;
}

/** @throws E_SHAPE with both shapes; E_CONFIG for token types that the model does not have */
export function checkInput(input: TokenInput, limits: TokenLimits, id: string): TokenRows {
  const { maxPositions = Infinity } = limits;
  const ids = asIds(input.ids);
  if (ids.rank !== 2 || ids.dtype !== "int32") {
    throw new GradlabError("E_SHAPE", `The model needs token ids int32[B, T], got ${specText(ids)}.`);
  }
  if (ids.shape[1] > maxPositions) {
    throw new GradlabError(
      "E_SHAPE",
      `${ids.shape[1]} tokens are more than the ${maxPositions} positions ${id} was made for.`,
      { hint: "Shorten the text, or split it." },
    );
  }
  if (input.tokenTypes !== undefined && !limits.tokenTypes) {
    throw new GradlabError("E_CONFIG", `${limits.modelType} has no token types.`, {
      hint: "Leave out tokenTypes.",
    });
  }
  const beside = (name: string, values: Tensor | Rows): Tensor => {
    const tensor = asIds(values);
    if (sameShape(tensor.shape, ids.shape)) return tensor;
    throw new GradlabError(
      "E_SHAPE",
      `The ${name} ${specText(tensor)} does not fit the ids ${specText(ids)}.`,
    );
  };
  const { mask, tokenTypes } = input;
  return {
    ids,
    ...(mask ? { mask: cast(beside("mask", mask), "bool") } : {}),
    ...(tokenTypes ? { tokenTypes: cast(beside("token types", tokenTypes), "int32") } : {}),
  };
}

/** A padded batch of texts. */
export interface TextBatch {
  /** int32 [B, T] */
  readonly ids: Tensor;
  /** int32 [B, T]: 1 where there is a token, 0 for padding. */
  readonly mask: Tensor;
  /** int32 [B, T]: for pairs of texts, where the model has token types. */
  readonly tokenTypes?: Tensor;
}

/** Rows filled up to the longest. @throws E_DATA_EMPTY without rows */
function filled(rows: readonly ArrayLike<number>[], filler: number): Tensor {
  if (rows.length === 0) throw new GradlabError("E_DATA_EMPTY", "There are no rows to pad.");
  const longest = Math.max(...rows.map(({ length }) => length));
  return idTensor(
    rows.map((row) => Array.from({ length: longest }, (_, t) => (t < row.length ? row[t] : filler))),
  );
}

/**
 * Rows of different lengths as one batch: shorter ones are filled with the padding id, and the mask says where.
 *
 * @throws E_DATA_EMPTY without rows
 * @example padRows([[5, 6, 7], [8]], 0).mask.shape // [2, 3]
 */
export const padRows = (rows: readonly ArrayLike<number>[], padId: number): TextBatch => ({
  ids: filled(rows, padId),
  mask: filled(
    rows.map(({ length }) => new Uint8Array(length).fill(1)),
    0,
  ),
});

/** Texts as one padded batch; with token types where there are pairs and the model tells the two apart. */
export function encodeTexts(
  texts: readonly TextOrPair[],
  tokenizer: TextTokenizer,
  { padId, tokenTypes = 0 }: { readonly padId: number; readonly tokenTypes?: number },
): TextBatch {
  const rows = texts.map((text) => {
    if (typeof text !== "string") return encodePair(tokenizer, ...text);
    const ids = tokenizer.encode(text);
    return { ids, types: new Int32Array(ids.length) };
  });
  const batch = padRows(
    rows.map(({ ids }) => ids),
    padId,
  );
  const typed = tokenTypes > 1 && texts.some((text) => typeof text !== "string");
  const types = rows.map((row) => row.types);
  return typed ? { ...batch, tokenTypes: filled(types, 0) } : batch;
}
