import { GradlabError } from "../errors.js";
import { createEncoder } from "./encode-sections.js";
import { byteOf, byteTokens } from "./bpe-words.js";
import { bestSegmentation, type PieceScores } from "./best-segmentation.js";
import { createMetaspace, markOf, stripsSpace, type MetaspaceJson, type Splitter } from "./metaspace.js";
import { readSpecialIds, readTemplate } from "./special-tokens.js";
import type { TextTokenizer } from "./text-tokenizer.js";
import type {
  AddedTokenJson,
  NormalizerJson,
  PostProcessorJson,
  TokenizerConfigJson,
} from "./tokenizer-json.js";
import type { DecodeOptions, EncodeOptions } from "./tokenizer.js";
import { WordCache } from "./word-cache.js";

/** A tokenizer.json of kind Unigram. */
export interface UnigramJson {
  readonly version?: string;
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly normalizer: NormalizerJson | null;
  readonly pre_tokenizer: MetaspaceJson | null;
  readonly post_processor: PostProcessorJson | null;
  readonly model: {
    readonly type: "Unigram";
    readonly unk_id: number | null;
    readonly vocab: readonly (readonly [piece: string, score: number])[];
    readonly byte_fallback?: boolean;
  };
  readonly [field: string]: unknown;
}

/** What an unknown character costs beyond the least likely piece. */
const UNKNOWN_PENALTY = 10;
const CACHED_WORDS = 65_536;

/**
 * Text → Tokens as SentencePiece's Unigram models do (T5, XLM-RoBERTa, CamemBERT): of all ways to cut a word into known
 * pieces, the most likely.
 *
 * @source Kudo 2018; Kudo and Richardson 2018
 * @example
 * const pieces = UnigramTokenizer.fromJSON({
 *   normalizer: null,
 *   pre_tokenizer: { type: "Metaspace" },
 *   post_processor: null,
 *   model: { type: "Unigram", unk_id: 0, vocab: [["<unk>", 0], ["▁a", -1], ["b", -2], ["▁ab", -4], ["▁", -3]] },
 * });
 * pieces.encode("ab a") // [1, 2, 1]
 */
export class UnigramTokenizer implements TextTokenizer {
  readonly vocabSize: number;
  readonly padId: number | undefined;
  readonly #json: UnigramJson;
  readonly #config: TokenizerConfigJson;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #tokens: readonly (string | undefined)[];
  readonly #pieces: PieceScores;
  /** The ids of the 256 bytes, when unknown characters are spelled with them. */
  readonly #bytes: Int32Array | undefined;
  readonly #split: Splitter;
  readonly #encode: (text: string, options: EncodeOptions) => Int32Array;
  readonly #specials: ReadonlySet<number>;
  readonly #cache = new WordCache(CACHED_WORDS);

  private constructor(json: UnigramJson, config: TokenizerConfigJson) {
    const { model, added_tokens: added = [] } = json;
    this.#json = json;
    this.#config = config;
    this.#pieces = readPieces(model);
    this.#bytes = model.byte_fallback ? byteTokens(this.#pieces.ids) : undefined;
    this.#ids = new Map([...this.#pieces.ids, ...added.map(({ content, id }) => [content, id] as const)]);
    const tokens: string[] = model.vocab.map(([piece]) => piece);
    for (const { content, id } of added) tokens[id] = content;
    this.#tokens = tokens;
    this.vocabSize = tokens.length;
    this.#split =
      json.pre_tokenizer === null ? wholeText(this.#pieces.ids) : createMetaspace(json.pre_tokenizer);
    const template = readTemplate(json.post_processor, this.#ids);
    this.#encode = createEncoder({ added, normalizer: json.normalizer, template }, (text, out, first) => {
      for (const word of this.#split({ text, first })) out.append(this.#encodeWord(word.text));
    });
    this.#specials = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    this.padId = readSpecialIds(config, this.#ids, template).pad;
  }

  /** Reads a parsed tokenizer.json. @throws E_TOKENIZER when it asks for more than is built */
  static fromJSON(json: UnigramJson, config: TokenizerConfigJson = {}): UnigramTokenizer {
    return new UnigramTokenizer(json, config);
  }

  toJSON(): UnigramJson {
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

  #encodeWord(word: string): Int32Array {
    const known = this.#cache.get(word);
    if (known) return known;
    const ids = Int32Array.from(bestSegmentation(word, this.#pieces, this.#bytes));
    this.#cache.set(word, ids);
    return ids;
  }

  /** Ids → text: marks become spaces again; what the normalizer took away stays away. @throws E_INDEX */
  decode(ids: ArrayLike<number>, { skipSpecialTokens = false }: DecodeOptions = {}): string {
    const { mark } = markOf(this.#json.pre_tokenizer);
    const prepends = stripsSpace(this.#json);
    const utf8 = new TextEncoder();
    const parts = Array.from(ids)
      .filter((id) => !(skipSpecialTokens && this.#specials.has(id)))
      .map((id) => this.#tokens[id] ?? this.#refuse(id))
      .map((token, at) => {
        const byte = this.#bytes ? byteOf(token) : undefined;
        if (byte !== undefined) return [byte];
        return utf8.encode(token.replaceAll(mark, prepends && at === 0 ? "" : " "));
      });
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(parts.flatMap((part) => [...part])),
    );
  }

  #refuse(id: number): never {
    throw new GradlabError("E_INDEX", `Token id ${id} is not in the vocabulary of ${this.vocabSize}.`, {
      hint: "Decode with the tokenizer that belongs to the model.",
    });
  }
}

/** Text without a pre-tokenizer, still cut at marks (so that words are found in the cache) where no piece reaches across. */
function wholeText(pieces: ReadonlyMap<string, number>): Splitter {
  const crossed = !pieces.has("▁") || [...pieces.keys()].some((piece) => /[^▁]▁/u.test(piece));
  if (crossed) return (stretch) => (stretch.text === "" ? [] : [stretch]);
  return ({ text, first }) => (text.match(/▁+[^▁]*|[^▁]+/gu) ?? []).map((word) => ({ text: word, first }));
}

/** @throws E_TOKENIZER */
function readPieces({ vocab, unk_id: unknown, byte_fallback: bytes }: UnigramJson["model"]): PieceScores {
  if (!Array.isArray(vocab) || typeof unknown !== "number" || !vocab[unknown]) {
    throw new GradlabError(
      "E_TOKENIZER",
      "This is not a Unigram tokenizer.json: model.vocab, or the piece that model.unk_id names, is missing.",
    );
  }
  const scores = Float64Array.from(vocab, ([, score]) => score);
  const least = scores.reduce((low, score) => Math.min(low, score), Infinity);
  return {
    ids: new Map(vocab.map(([piece], id) => [piece, id] as const)),
    spelling: bytes
      ? new Set(vocab.flatMap(([piece], id) => (byteOf(piece) === undefined ? [] : [id])))
      : undefined,
    scores,
    unknown,
    unknownScore: least - UNKNOWN_PENALTY,
    longest: vocab.reduce((most, [piece]) => Math.max(most, Array.from(piece).length), 1),
  };
}
