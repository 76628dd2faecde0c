import { GradlabError } from "../errors.js";
import { BERT_WORDS } from "./bert-words.js";
import { JsonTokenizer } from "./json-tokenizer.js";
import type { TextModel, TracedWord } from "./text-model.js";
import type {
  AddedTokenJson,
  NormalizerJson,
  PostProcessorJson,
  TokenizerConfigJson,
} from "./tokenizer-json.js";
import type { DecodeOptions } from "./text-tokenizer.js";
import { WordCache } from "./word-cache.js";

/** A tokenizer.json of kind WordPiece. */
export interface WordPieceJson {
  readonly version?: string;
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly normalizer: NormalizerJson | null;
  readonly pre_tokenizer: { readonly type: string };
  readonly post_processor: PostProcessorJson | null;
  readonly decoder?: { readonly type?: string; readonly prefix?: string; readonly cleanup?: boolean } | null;
  readonly model: {
    readonly type: "WordPiece";
    readonly vocab: Readonly<Record<string, number>>;
    readonly unk_token?: string;
    readonly continuing_subword_prefix?: string;
    readonly max_input_chars_per_word?: number;
  };
  readonly [field: string]: unknown;
}

/** White space that a decoder with `cleanup` takes out again, in this order. */
const CLEANUP: readonly (readonly [string, string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/**
 * Text → Tokens as BERT does: words between white space and punctuation, each cut into the longest known pieces from its
 * start on; a word with an unknown rest is [UNK] as a whole.
 *
 * @source Wu et al. 2016; Devlin et al. 2019's code, tokenization.py
 * @example
 * const vocab = { "[UNK]": 0, un: 1, "##afford": 2, "##able": 3 };
 * const pieces = WordPieceTokenizer.fromJSON({
 *   normalizer: { type: "BertNormalizer" },
 *   pre_tokenizer: { type: "BertPreTokenizer" },
 *   post_processor: null,
 *   model: { type: "WordPiece", vocab },
 * });
 * pieces.encode("Unaffordable!") // [1, 2, 3, 0]
 */
export class WordPieceTokenizer extends JsonTokenizer<WordPieceJson> {
  private constructor(json: WordPieceJson, config: TokenizerConfigJson) {
    super(json, config, Object.entries(json.model.vocab), createWordPieceModel(json));
  }

  /** Reads a parsed tokenizer.json. @throws E_TOKENIZER when it asks for more than is built */
  static fromJSON(json: WordPieceJson, config: TokenizerConfigJson = {}): WordPieceTokenizer {
    const splitter = (json.pre_tokenizer as { readonly type?: string } | null)?.type;
    if (splitter !== "BertPreTokenizer") {
      throw new GradlabError(
        "E_TOKENIZER",
        `WordPiece with the pre-tokenizer ${JSON.stringify(splitter)} is not supported.`,
        {
          hint: "Supported: BertPreTokenizer.",
        },
      );
    }
    return new WordPieceTokenizer(json, config);
  }

  protected override again(json: WordPieceJson): this {
    return new WordPieceTokenizer(json, this.toConfig()) as this;
  }

  /** Ids → text: pieces joined, words with spaces between; what the normalizer took away stays away. @throws E_INDEX */
  decode(ids: ArrayLike<number>, { skipSpecialTokens = false }: DecodeOptions = {}): string {
    const { decoder, model } = this.toJSON();
    const { cleanup = true } = decoder ?? {};
    const prefix = model.continuing_subword_prefix ?? "##";
    const tidy = (text: string): string =>
      CLEANUP.reduce((current, [from, to]) => current.replaceAll(from, to), text);
    return Array.from(ids)
      .filter((id) => !(skipSpecialTokens && this.isSpecial(id)))
      .map((id) => this.tokenOf(id))
      .map((token, at) => {
        const joined = token.startsWith(prefix) && at > 0;
        const text = joined ? token.slice(prefix.length) : at > 0 ? ` ${token}` : token;
        return cleanup ? tidy(text) : text;
      })
      .join("");
  }
}

const CACHED_WORDS = 65_536;

function createWordPieceModel({ model, added_tokens: added = [] }: WordPieceJson): TextModel {
  const ids = new Map(Object.entries(model.vocab));
  const token = model.unk_token ?? "[UNK]";
  const unknown = ids.get(token) ?? added.find(({ content }) => content === token)?.id;
  if (unknown === undefined)
    throw new GradlabError(
      "E_TOKENIZER",
      `The unknown token ${JSON.stringify(token)} is not in the vocabulary.`,
    );
  const pieces = { ids, unknown, prefix: model.continuing_subword_prefix ?? "##" };
  const longest = model.max_input_chars_per_word ?? 100;
  const cache = new WordCache(CACHED_WORDS);
  const traceWord = (word: string): TracedWord => longestPieces(word, pieces, longest);
  return {
    splitter: BERT_WORDS,
    traceWord,
    encode: (text, out, first) => {
      for (const word of BERT_WORDS.words(text, first)) out.append(cache.find(word, traceWord));
    },
  };
}

interface Pieces {
  readonly ids: ReadonlyMap<string, number>;
  readonly unknown: number;
  readonly prefix: string;
}

/** The longest piece from the start on, then from where it ends; one unknown token when a rest is no piece. */
function longestPieces(word: string, { ids, unknown, prefix }: Pieces, longest: number): TracedWord {
  const chars = Array.from(word);
  const whole = { ids: [unknown], places: [0, word.length] };
  if (chars.length > longest) return whole;
  const found: number[] = [];
  const places: number[] = [];
  for (let start = 0, from = 0; from < chars.length;) {
    let to = chars.length;
    let piece = word.slice(start);
    for (; to > from && !ids.has((from > 0 ? prefix : "") + piece); to--)
      piece = piece.slice(0, piece.length - chars[to - 1].length);
    if (to === from) return whole;
    found.push(ids.get((from > 0 ? prefix : "") + piece) ?? unknown);
    places.push(start, start + piece.length);
    start += piece.length;
    from = to;
  }
  return { ids: found, places };
}
