import { GradlabError } from "../errors.js";
import { createBpeWords, startsFromCharacters, type BpeWords } from "./bpe-words.js";
import { JsonTokenizer } from "./json-tokenizer.js";
import { createTextSplitter, stripsSpace } from "./metaspace.js";
import { createWordSplitter, SINGLE_DIGIT_PATTERN } from "./split-words.js";
import type { TextModel } from "./text-model.js";
import type { DecodeOptions } from "./text-tokenizer.js";
import { TokenStream } from "./token-stream.js";
import type {
  AddedTokenJson,
  PreTokenizerJson,
  TokenizerConfigJson,
  TokenizerJson,
} from "./tokenizer-json.js";
import { buildConfigJson, buildTokenizerJson, readModel } from "./tokenizer-file.js";
import { learnMerges } from "./train-bpe.js";
import { WordCache } from "./word-cache.js";

export interface TokenizerTrainOptions {
  /** Ids in all: special tokens, 256 bytes, merges. Default 4096. */
  readonly vocabSize?: number;
  /** They take the first ids, in this order. Default `["<|endoftext|>", "<|pad|>"]`. */
  readonly specialTokens?: readonly string[];
  /** A pair rarer than this is never merged. Default 2. */
  readonly minFrequency?: number;
  /** Default: the pattern of Qwen 2 (single digits, white space in runs). */
  readonly pattern?: string;
  /** Written to tokenizer_config.json; names of special tokens. */
  readonly config?: TokenizerConfigJson;
}

const CACHED_WORDS = 65_536;

const encoder = new TextEncoder();

/**
 * Text → Tokens with BPE, byte-level (GPT-2, Llama 3, Qwen) or SentencePiece's (Llama 2, Gemma: characters first, bytes for
 * those that are unknown), read from and written to Hugging Face's tokenizer.json.
 *
 * Any string round-trips (but for files with an end_of_word_suffix): `decode(encode(s)) === s`, except that lone surrogates (half of a UTF-16 pair, which no
 * Unicode text holds) become U+FFFD, and that a normalizer in the file (such as NFC) has its effect.
 *
 * @example
 * const tokenizer = Tokenizer.train(["low lower lowest"], { vocabSize: 270 });
 * tokenizer.decode(tokenizer.encode("lower")) // "lower"
 */
export class Tokenizer extends JsonTokenizer<TokenizerJson> {
  /** The Jinja source of the chat template in tokenizer_config.json, if any. */
  readonly chatTemplate: string | undefined;
  readonly #bytes: readonly (Uint8Array | undefined)[];
  /** What stands behind a word's last character in the vocabulary; a space when decoded. */
  readonly #suffix: string;
  /** Whether a space was put before the text, to be taken off again. */
  readonly #strips: boolean;

  private constructor(json: TokenizerJson, config: TokenizerConfigJson) {
    const model = readModel(json);
    const words = createBpeWords(json, model);
    super(json, config, model.ids, createBpeModel(json, words));
    this.#suffix = json.model.end_of_word_suffix ?? "";
    this.#strips = startsFromCharacters(json) && stripsSpace(json);
    const added = new Map((json.added_tokens ?? []).map((token) => [token.id, token] as const));
    // Added tokens stand for themselves; of SentencePiece's, only special ones are without marks.
    const isPlain = (token?: AddedTokenJson): boolean =>
      token !== undefined && (token.special === true || !startsFromCharacters(json));
    this.#bytes = model.tokens.map((token, id) => {
      if (token === undefined) return undefined;
      return isPlain(added.get(id)) ? encoder.encode(token) : words.bytesOf(token);
    });
    this.chatTemplate = defaultTemplate(config);
  }

  /**
   * Learns a byte-level BPE vocabulary from texts; the same texts give the same tokenizer.
   *
   * @throws E_CONFIG when `vocabSize` has no room for the special tokens and the 256 bytes; E_DATA_EMPTY
   */
  static train(texts: Iterable<string>, options: TokenizerTrainOptions = {}): Tokenizer {
    const { vocabSize = 4096, specialTokens = ["<|endoftext|>", "<|pad|>"], minFrequency = 2 } = options;
    const mergeCount = vocabSize - specialTokens.length - 256;
    if (!Number.isInteger(vocabSize) || mergeCount < 0)
      throw new GradlabError(
        "E_CONFIG",
        `vocabSize ${vocabSize} is too small: ${specialTokens.length} special tokens and 256 bytes come first.`,
        { hint: `Ask for at least ${specialTokens.length + 256}.`, where: "vocabSize" },
      );
    if (new Set(specialTokens).size !== specialTokens.length || specialTokens.includes(""))
      throw new GradlabError("E_CONFIG", "Special tokens must be distinct and not empty.", {
        where: "specialTokens",
        hint: "Remove the repeated or empty names.",
      });
    const preTokenizer: PreTokenizerJson = {
      type: "Sequence",
      pretokenizers: [
        {
          type: "Split",
          pattern: { Regex: options.pattern ?? SINGLE_DIGIT_PATTERN },
          behavior: "Isolated",
          invert: false,
        },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    };
    const learned = learnMerges(texts, createWordSplitter(preTokenizer), mergeCount, minFrequency);
    const json = buildTokenizerJson(specialTokens, learned, preTokenizer);
    return new Tokenizer(json, options.config ?? buildConfigJson(specialTokens));
  }

  /**
   * Reads a parsed tokenizer.json (and tokenizer_config.json, for bos, eos, pad and the chat template).
   *
   * @throws E_TOKENIZER when it is not a BPE tokenizer this class can follow exactly
   */
  static fromJSON(json: TokenizerJson, config: TokenizerConfigJson = {}): Tokenizer {
    return new Tokenizer(json, config);
  }

  protected override again(json: TokenizerJson): this {
    return new Tokenizer(json, this.toConfig()) as this;
  }

  /** Ids → text; bytes that are not UTF-8 (a cut character) show as U+FFFD. @throws E_INDEX */
  decode(ids: ArrayLike<number>, options: DecodeOptions = {}): string {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.decodeBytes(ids, options));
    if (this.#strips && text.startsWith(" ")) return text.slice(1);
    return this.#suffix ? text.trimEnd() : text;
  }

  /** Ids → the exact bytes they stand for. @throws E_INDEX */
  decodeBytes(ids: ArrayLike<number>, options: DecodeOptions = {}): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (let i = 0; i < ids.length; i++) {
      const part = this.#bytes[ids[i]] ?? encoder.encode(this.tokenOf(ids[i]));
      if (options.skipSpecialTokens && this.isSpecial(ids[i])) continue;
      parts.push(part);
      length += part.length;
    }
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }

  /** A decoder for ids that arrive one by one. */
  stream(options: DecodeOptions = {}): TokenStream {
    return new TokenStream((id) => this.decodeBytes([id], options));
  }
}

function createBpeModel(json: TokenizerJson, words: BpeWords): TextModel {
  const splitter = createTextSplitter(json.pre_tokenizer, startsFromCharacters(json));
  const cache = new WordCache(CACHED_WORDS);
  const encodeWord = (word: string): { ids: Int32Array } => ({ ids: words.encode(word) });
  return {
    splitter,
    encode: (text, out, first) => {
      for (const part of splitter.words(text, first))
        for (const word of words.cut(part)) out.append(cache.find(word, encodeWord));
    },
    traceWord: (word) => {
      const ids = words.encode(word);
      return { ids, places: words.placesOf(word, ids) };
    },
  };
}

function defaultTemplate({ chat_template: template }: TokenizerConfigJson): string | undefined {
  if (typeof template === "string") return template;
  return template?.find(({ name }) => name === "default")?.template;
}
