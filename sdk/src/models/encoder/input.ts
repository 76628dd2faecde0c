import { GradlabError } from "../../errors.js";
import { specText, Tensor } from "../../graph/index.js";
import { cast, ids as idTensor } from "../../ops/index.js";
import { sameShape } from "../../tensor/index.js";
import type { Tokenizer } from "../../text/index.js";
import type { EncoderConfig } from "./config.js";
import type { EncoderRows } from "./network.js";

type Rows = readonly (readonly number[])[];

/** What an encoder reads: ids, and what goes beside them. */
export interface EncoderInput {
  /** int32 [B, T], or rows of equal length. */
  readonly ids: Tensor | Rows;
  /** [B, T], 1 where there is a token and 0 for padding. Default: tokens everywhere. */
  readonly mask?: Tensor | Rows;
  /** [B, T], 0 for the first text and 1 for the second. Default: 0. */
  readonly tokenTypes?: Tensor | Rows;
}

const asIds = (values: Tensor | Rows): Tensor => (values instanceof Tensor ? values : idTensor(values));

/** @throws E_SHAPE with both shapes; E_CONFIG for token types that the model does not have */
export function checkInput(input: EncoderInput, config: EncoderConfig, id: string): EncoderRows {
  const ids = asIds(input.ids);
  if (ids.rank !== 2 || ids.dtype !== "int32") {
    throw new GradlabError("E_SHAPE", `An encoder needs token ids int32[B, T], got ${specText(ids)}.`);
  }
  if (ids.shape[1] > config.maxPositions) {
    throw new GradlabError(
      "E_SHAPE",
      `${ids.shape[1]} tokens are more than the ${config.maxPositions} positions ${id} was made for.`,
      { hint: "Shorten the text, or split it." },
    );
  }
  if (input.tokenTypes !== undefined && config.tokenTypes === 0) {
    throw new GradlabError("E_CONFIG", `${config.modelType} has no token types.`, { hint: "Leave out tokenTypes." });
  }
  const beside = (name: string, values: Tensor | Rows): Tensor => {
    const tensor = asIds(values);
    if (sameShape(tensor.shape, ids.shape)) return tensor;
    throw new GradlabError("E_SHAPE", `The ${name} ${specText(tensor)} does not fit the ids ${specText(ids)}.`);
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
export function padRows(rows: readonly ArrayLike<number>[], padId: number): { readonly ids: Tensor; readonly mask: Tensor } {
  const longest = Math.max(...rows.map(({ length }) => length));
  const fill = (at: (row: ArrayLike<number>, t: number) => number): Tensor =>
    idTensor(rows.map((row) => Array.from({ length: longest }, (_, t) => at(row, t))));
  return {
    ids: fill((row, t) => (t < row.length ? row[t] : padId)),
    mask: fill((row, t) => Number(t < row.length)),
  };
}

/** Texts as one padded batch. @throws E_SHAPE for a text longer than the positions */
export function encodeTexts(texts: readonly string[], tokenizer: Tokenizer, config: EncoderConfig) {
  return padRows(
    texts.map((text) => tokenizer.encode(text)),
    config.padId,
  );
}
