import { GradlabError } from "../errors.js";
import { specText, Tensor } from "../graph/index.js";
import { cast, ids as idTensor } from "../ops/index.js";
import { sameShape } from "../tensor/index.js";
import type { Tokenizer } from "../text/index.js";

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

/**
 * Rows of different lengths as one batch: shorter ones are filled with the padding id, and the mask says where.
 *
 * @example padRows([[5, 6, 7], [8]], 0).mask.shape // [2, 3]
 */
export function padRows(
  rows: readonly ArrayLike<number>[],
  padId: number,
): { readonly ids: Tensor; readonly mask: Tensor } {
  const longest = Math.max(...rows.map(({ length }) => length));
  const fill = (at: (row: ArrayLike<number>, t: number) => number): Tensor =>
    idTensor(rows.map((row) => Array.from({ length: longest }, (_, t) => at(row, t))));
  return {
    ids: fill((row, t) => (t < row.length ? row[t] : padId)),
    mask: fill((row, t) => Number(t < row.length)),
  };
}

/** Texts as one padded batch. @throws E_SHAPE for a text longer than the positions */
export function encodeTexts(texts: readonly string[], tokenizer: Tokenizer, padId: number) {
  return padRows(
    texts.map((text) => tokenizer.encode(text)),
    padId,
  );
}
