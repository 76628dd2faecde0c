import { GradlabError } from "../errors.js";
import { createEncoder } from "./encode-sections.js";
import { createBpeWords, startsFromCharacters, type BpeWords } from "./bpe-words.js";
import { IdBuffer } from "./id-buffer.js";
import { createTextSplitter, stripsSpace } from "./metaspace.js";
import { readSpecialIds, readTemplate, type SpecialIds } from "./special-tokens.js";
import { createWordSplitter, SINGLE_DIGIT_PATTERN } from "./split-words.js";
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

export interface EncodeOptions {
  /** Adds what the post-processor asks for, such as a beginning-of-text token. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Reads `<|im_end|>` in the text as that token; false treats it as plain text (safe for user input). Default true. */
  readonly parseSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leaves out tokens marked special. Default false. */
  readonly skipSpecialTokens?: boolean;
}

const CACHED_WORDS = 65_536;
const CACHED_WORD_LENGTH = 64;

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
export class Tokenizer {
  /** One more than the highest id: the rows an embedding needs. */
  readonly vocabSize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  /** The Jinja source of the chat template in tokenizer_config.json, if any. */
  readonly chatTemplate: string | undefined;
  readonly #json: TokenizerJson;
  readonly #config: TokenizerConfigJson;
  readonly #tokens: readonly (string | undefined)[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #bytes: readonly (Uint8Array | undefined)[];
  readonly #specials: ReadonlySet<number>;
  readonly #words: BpeWords;
  /** What stands behind a word's last character in the vocabulary; a space when decoded. */
  readonly #suffix: string;
  readonly #split: (text: string, first: boolean) => readonly string[];
  /** Whether a space was put before the text, to be taken off again. */
  readonly #strips: boolean;
  readonly #encode: (text: string, options: EncodeOptions) => Int32Array;
  readonly #cache = new WordCache(CACHED_WORDS);

  private constructor(json: TokenizerJson, config: TokenizerConfigJson) {
    const model = readModel(json);
    this.#json = json;
    this.#config = config;
    this.#ids = model.ids;
    this.#tokens = model.tokens;
    this.#words = createBpeWords(json, model);
    this.#suffix = json.model.end_of_word_suffix ?? "";
    this.#strips = startsFromCharacters(json) && stripsSpace(json);
    this.vocabSize = model.tokens.length;
    const added = new Map<number, AddedTokenJson>(json.added_tokens.map((token) => [token.id, token]));
    this.#specials = new Set(json.added_tokens.filter((token) => token.special).map((token) => token.id));
    // Added tokens stand for themselves; of SentencePiece's, only special ones are without marks.
    const isPlain = (token?: AddedTokenJson): boolean =>
      token !== undefined && (token.special === true || !startsFromCharacters(json));
    this.#bytes = model.tokens.map((token, id) => {
      if (token === undefined) return undefined;
      return isPlain(added.get(id)) ? encoder.encode(token) : this.#words.bytesOf(token);
    });
    this.#split = createTextSplitter(json.pre_tokenizer, startsFromCharacters(json));
    const template = readTemplate(json.post_processor, this.#ids);
    const { added_tokens: tokens, normalizer } = json;
    this.#encode = createEncoder({ added: tokens, normalizer, template }, (text, out, first) =>
      this.#encodeSection(text, out, first),
    );
    const special: SpecialIds = readSpecialIds(config, this.#ids, template);
    this.bosId = special.bos;
    this.eosId = special.eos;
    this.padId = special.pad;
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

  /** The contents of tokenizer.json. */
  toJSON(): TokenizerJson {
    return this.#json;
  }

  /** The contents of tokenizer_config.json. */
  toConfig(): TokenizerConfigJson {
    return this.#config;
  }

  /** Token (in its stored form: "Ġthe" is " the") → id. */
  get vocab(): ReadonlyMap<string, number> {
    return this.#ids;
  }

  /** The id of a token in its stored form, or undefined. */
  idOf(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** The stored form of an id. @throws E_INDEX for an id outside the vocabulary */
  tokenOf(id: number): string {
    return this.#tokens[id] ?? this.#refuse(id);
  }

  isSpecial(id: number): boolean {
    return this.#specials.has(id);
  }

  /**
   * Text → ids.
   *
   * @example
   * tokenizer.encode("Hello world") // Int32Array [ 512, 1034 ]
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    if (typeof text !== "string")
      throw new GradlabError("E_DATA_FORMAT", `encode takes a string, got ${describe(text)}.`, {
        hint: "Pass the text of one row.",
      });
    return this.#encode(text, options);
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
      const part = this.#bytes[ids[i]] ?? this.#refuse(ids[i]);
      if (options.skipSpecialTokens && this.#specials.has(ids[i])) continue;
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

  #encodeSection(text: string, out: IdBuffer, first: boolean): void {
    for (const part of this.#split(text, first))
      for (const word of this.#words.cut(part)) this.#encodeWord(word, out);
  }

  #encodeWord(word: string, out: IdBuffer): void {
    const known = this.#cache.get(word);
    const ids = known ?? this.#words.encode(word);
    if (known === undefined && word.length <= CACHED_WORD_LENGTH) this.#cache.set(word, ids);
    out.append(ids);
  }

  #refuse(id: number): never {
    throw new GradlabError("E_INDEX", `Token id ${id} is not in the vocabulary of ${this.vocabSize}.`, {
      hint: "Decode with the tokenizer that belongs to the model.",
    });
  }
}

function describe(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}

function defaultTemplate({ chat_template: template }: TokenizerConfigJson): string | undefined {
  if (typeof template === "string") return template;
  return template?.find(({ name }) => name === "default")?.template;
}
