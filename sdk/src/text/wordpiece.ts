import { GradlabError } from "../errors.js";
import { createEncoder } from "./encode-sections.js";
import { bertWords } from "./bert-words.js";
import { IdBuffer } from "./id-buffer.js";
import { readSpecialIds, readTemplate } from "./special-tokens.js";
import type { TextTokenizer } from "./text-tokenizer.js";
import type {
  AddedTokenJson,
  NormalizerJson,
  PostProcessorJson,
  TokenizerConfigJson,
} from "./tokenizer-json.js";
import type { DecodeOptions, EncodeOptions } from "./tokenizer.js";

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
export class WordPieceTokenizer implements TextTokenizer {
  readonly vocabSize: number;
  readonly padId: number | undefined;
  readonly #json: WordPieceJson;
  readonly #config: TokenizerConfigJson;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: readonly (string | undefined)[];
  readonly #unknown: number;
  readonly #prefix: string;
  readonly #longest: number;
  readonly #encode: (text: string, options: EncodeOptions) => Int32Array;
  readonly #specials: ReadonlySet<number>;

  private constructor(json: WordPieceJson, config: TokenizerConfigJson) {
    const { model, added_tokens: added = [], normalizer } = json;
    this.#json = json;
    this.#config = config;
    this.#ids = new Map([
      ...Object.entries(model.vocab),
      ...added.map(({ content, id }) => [content, id] as const),
    ]);
    const tokens: string[] = [];
    for (const [token, id] of this.#ids) tokens[id] = token;
    this.#tokens = tokens;
    this.vocabSize = tokens.length;
    this.#unknown = requireUnknown(this.#ids, model.unk_token ?? "[UNK]");
    this.#prefix = model.continuing_subword_prefix ?? "##";
    this.#longest = model.max_input_chars_per_word ?? 100;
    const template = readTemplate(json.post_processor, this.#ids);
    this.#encode = createEncoder({ added, normalizer, template }, (text, out) => {
      for (const word of bertWords(text)) this.#encodeWord(word, out);
    });
    this.#specials = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    this.padId = readSpecialIds(config, this.#ids, template).pad;
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

  toJSON(): WordPieceJson {
    return this.#json;
  }

  toConfig(): TokenizerConfigJson {
    return this.#config;
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  encode(text: string, options: EncodeOptions = {}): Int32Array {
    return this.#encode(text, options);
  }

  /** The longest piece from the start on, then from where it ends. */
  #encodeWord(word: string, out: IdBuffer): void {
    const chars = Array.from(word);
    const pieces: number[] = [];
    let start = 0;
    while (start < chars.length && chars.length <= this.#longest) {
      let end = chars.length;
      let id: number | undefined;
      for (; end > start && id === undefined; end--) {
        id = this.#ids.get((start > 0 ? this.#prefix : "") + chars.slice(start, end).join(""));
      }
      if (id === undefined) break;
      pieces.push(id);
      start = end + 1;
    }
    if (start < chars.length) out.push(this.#unknown);
    else for (const id of pieces) out.push(id);
  }

  /** Ids → text: pieces joined, words with spaces between; what the normalizer took away stays away. @throws E_INDEX */
  decode(ids: ArrayLike<number>, { skipSpecialTokens = false }: DecodeOptions = {}): string {
    const { cleanup = true } = this.#json.decoder ?? {};
    const tidy = (text: string): string =>
      CLEANUP.reduce((current, [from, to]) => current.replaceAll(from, to), text);
    return Array.from(ids)
      .filter((id) => !(skipSpecialTokens && this.#specials.has(id)))
      .map((id) => this.#tokens[id] ?? this.#refuse(id))
      .map((token, at) => {
        const joined = token.startsWith(this.#prefix) && at > 0;
        const text = joined ? token.slice(this.#prefix.length) : at > 0 ? ` ${token}` : token;
        return cleanup ? tidy(text) : text;
      })
      .join("");
  }

  #refuse(id: number): never {
    throw new GradlabError("E_INDEX", `Token id ${id} is not in the vocabulary of ${this.vocabSize}.`, {
      hint: "Decode with the tokenizer that belongs to the model.",
    });
  }
}

/** @throws E_TOKENIZER */
function requireUnknown(ids: ReadonlyMap<string, number>, token: string): number {
  const id = ids.get(token);
  if (id !== undefined) return id;
  throw new GradlabError(
    "E_TOKENIZER",
    `The unknown token ${JSON.stringify(token)} is not in the vocabulary.`,
  );
}
