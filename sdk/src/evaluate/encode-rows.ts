import { tokenizeExample, type Row } from "../data/index.js";
import { GradlabError } from "../errors.js";
import type { LanguageModel, TokenDocument } from "../models/index.js";
import type { Tokenizer } from "../text/index.js";
import type { LikelihoodSample } from "./metrics/index.js";

/** A row as tokens, with the size of what is predicted. */
export type EncodedRow = TokenDocument & Required<Omit<LikelihoodSample, "nats">>;

/** What a model is given before it writes its answer. */
export interface AnswerTask {
  readonly prompt: Int32Array;
  /** Tokens that end the answer. */
  readonly ends: ReadonlySet<number>;
}

/** @throws E_TOKENIZER */
export function tokenizerOf(model: LanguageModel): Tokenizer {
  if (model.tokenizer) return model.tokenizer;
  throw new GradlabError("E_TOKENIZER", `${model.id} has no tokenizer, so it cannot read the data.`, {
    hint: "Put tokenizer.json beside the weights.",
  });
}

/**
 * A row as training would see it, with its counted tokens, their bytes and their words. The first token of a text
 * has nothing before it and is not counted; special tokens have no bytes.
 */
export function encodeRow(row: Row, tokenizer: Tokenizer): EncodedRow {
  const { ids, lossMask } = tokenizeExample(row, tokenizer);
  const counted = ids.filter((_, i) => i > 0 && lossMask[i] === 1);
  const bytes = tokenizer.decodeBytes(counted, { skipSpecialTokens: true });
  const words = new TextDecoder()
    .decode(bytes)
    .split(/\s+/)
    .filter((word) => word !== "").length;
  return { ids, lossMask, tokens: counted.length, bytes: bytes.length, words };
}

/**
 * The tokens before the last stretch the model is trained to write.
 *
 * @throws E_DATA_FORMAT when there are none
 */
export function answerTask(row: Row, index: number, model: LanguageModel): AnswerTask {
  const tokenizer = tokenizerOf(model);
  const { ids, lossMask } = tokenizeExample(row, tokenizer);
  const end = lossMask.lastIndexOf(1);
  const start = lossMask.lastIndexOf(0, end) + 1;
  if (start === 0) {
    throw new GradlabError(
      "E_DATA_FORMAT",
      `Row ${index} has an empty prompt, which nothing can be generated from.`,
      {
        where: `rows[${index}]`,
        hint: "Give a prompt of at least one token.",
      },
    );
  }
  const ends = new Set([model.config.json.eos_token_id].flat().filter((id) => typeof id === "number"));
  if (tokenizer.eosId !== undefined) ends.add(tokenizer.eosId);
  if (tokenizer.isSpecial(ids[end])) ends.add(ids[end]);
  return { prompt: ids.slice(0, start), ends };
}

/** The row with another answer in place of its own. */
export function withAnswer(row: Row, answer: string): Row {
  if ("text" in row) return row;
  if ("completion" in row) return { ...row, completion: answer };
  const last = row.messages.findLastIndex(({ role }) => role === "assistant");
  const turns = row.messages.slice(0, last);
  return { messages: [...turns, { role: "assistant", content: answer }] };
}
