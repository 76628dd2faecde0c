import { GradlabError } from "../errors.js";
import { specialTokens as listed } from "./files/index.js";
import { Tokenizer } from "./tokenizer.js";

export interface CharacterTrainOptions {
  /** Ids in all: special tokens and characters; rarer characters are unknown. Default: room for every character. */
  readonly vocabSize?: number;
  /** They take the first ids, in this order, and hold the unknown token. Default `["<unk>", "<|endoftext|>", "<|pad|>"]`. */
  readonly specialTokens?: readonly string[];
  /** What an unknown character becomes. Default "<unk>". */
  readonly unknown?: string;
}

/**
 * A tokenizer whose tokens are characters (code points), the most frequent first, of equals the lower code point. A space is stored
 * as "▁", as SentencePiece does, so a "▁" in a text is a space when decoded.
 *
 * @throws E_CONFIG when `vocabSize` leaves no room for a character, or the unknown token is not among the special ones;
 *   E_DATA_EMPTY
 * @example
 * const characters = trainCharacters(["to be or not to be"]);
 * characters.decode(characters.encode("robot")) // "robot"
 */
export function trainCharacters(texts: Iterable<string>, options: CharacterTrainOptions = {}): Tokenizer {
  const { specialTokens = ["<unk>", "<|endoftext|>", "<|pad|>"], unknown = "<unk>", vocabSize } = options;
  if (!specialTokens.includes(unknown) || new Set(specialTokens).size !== specialTokens.length)
    throw new GradlabError(
      "E_CONFIG",
      `Special tokens must be distinct and hold ${JSON.stringify(unknown)}.`,
      {
        where: "specialTokens",
        hint: "Add the unknown token, or name another with `unknown`.",
      },
    );
  const room = (vocabSize ?? Infinity) - specialTokens.length;
  if (!(room >= 1) || (vocabSize !== undefined && !Number.isInteger(vocabSize)))
    throw new GradlabError("E_CONFIG", `vocabSize ${vocabSize} leaves no room for characters.`, {
      where: "vocabSize",
      hint: `Ask for more than ${specialTokens.length}.`,
    });
  const tokens = [...specialTokens, ...frequentCharacters(texts).slice(0, room)];
  return Tokenizer.fromJSON({
    version: "1.0",
    added_tokens: listed(specialTokens.map((token, id) => [token, id] as const)),
    normalizer: { type: "Replace", pattern: { String: " " }, content: "▁" },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Replace", pattern: { String: "▁" }, content: " " },
    model: {
      type: "BPE",
      unk_token: unknown,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [],
    },
  });
}

function frequentCharacters(texts: Iterable<string>): string[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const char of text.replaceAll(" ", "▁").replace(/\p{Surrogate}/gu, "\ufffd"))
      counts.set(char, (counts.get(char) ?? 0) + 1);
  if (counts.size === 0) throw new GradlabError("E_DATA_EMPTY", "There is no text to train a tokenizer on.");
  const point = (char: string): number => char.codePointAt(0) ?? 0;
  return [...counts].sort(([a, m], [b, n]) => n - m || point(a) - point(b)).map(([char]) => char);
}
