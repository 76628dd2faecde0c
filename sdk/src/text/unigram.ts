import { GradlabError } from "../errors.js";
import { byteOf, byteTokens } from "./bpe-words.js";
import { bestSegmentation, type PieceScores } from "./best-segmentation.js";
import { JsonTokenizer } from "./json-tokenizer.js";
import { createMetaspace, markOf, stripsSpace, type MetaspaceJson } from "./metaspace.js";
import { KEEP_WHOLE, matchesOf, type Splitter } from "./splitter.js";
import type { TextModel, TracedWord } from "./text-model.js";
import type {
  AddedTokenJson,
  NormalizerJson,
  PostProcessorJson,
  TokenizerConfigJson,
} from "./tokenizer-json.js";
import type { DecodeOptions } from "./text-tokenizer.js";
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
export class UnigramTokenizer extends JsonTokenizer<UnigramJson> {
  private constructor(json: UnigramJson, config: TokenizerConfigJson) {
    const pieces = readPieces(json.model);
    const vocab = json.model.vocab.map(([piece], id) => [piece, id] as const);
    super(json, config, vocab, createUnigramModel(json, pieces));
  }

  /** Reads a parsed tokenizer.json. @throws E_TOKENIZER when it asks for more than is built */
  static fromJSON(json: UnigramJson, config: TokenizerConfigJson = {}): UnigramTokenizer {
    return new UnigramTokenizer(json, config);
  }

  protected override again(json: UnigramJson): this {
    return new UnigramTokenizer(json, this.toConfig()) as this;
  }

  /** Ids → text: marks become spaces again; what the normalizer took away stays away. @throws E_INDEX */
  decode(ids: ArrayLike<number>, { skipSpecialTokens = false }: DecodeOptions = {}): string {
    const json = this.toJSON();
    const { mark } = markOf(json.pre_tokenizer);
    const prepends = stripsSpace(json);
    const utf8 = new TextEncoder();
    const parts = Array.from(ids)
      .filter((id) => !(skipSpecialTokens && this.isSpecial(id)))
      .map((id) => this.tokenOf(id))
      .map((token, at) => {
        const byte = json.model.byte_fallback ? byteOf(token) : undefined;
        if (byte !== undefined) return [byte];
        return utf8.encode(token.replaceAll(mark, prepends && at === 0 ? "" : " "));
      });
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
      Uint8Array.from(parts.flatMap((part) => [...part])),
    );
  }
}

function createUnigramModel(json: UnigramJson, pieces: PieceScores): TextModel {
  const bytes = json.model.byte_fallback ? byteTokens(pieces.ids) : undefined;
  const splitter = json.pre_tokenizer === null ? wholeText(pieces.ids) : createMetaspace(json.pre_tokenizer);
  const cache = new WordCache(CACHED_WORDS);
  const traceWord = (word: string): TracedWord => bestSegmentation(word, pieces, bytes);
  return {
    splitter: json.pre_tokenizer === null ? KEEP_WHOLE : splitter,
    traceWord,
    encode: (text, out, first) => {
      for (const word of splitter.words(text, first)) out.append(cache.find(word, traceWord));
    },
  };
}

/** Text without a pre-tokenizer, still cut at marks (so that words are found in the cache) where no piece reaches across. */
function wholeText(pieces: ReadonlyMap<string, number>): Splitter {
  const crossed = !pieces.has("▁") || [...pieces.keys()].some((piece) => /[^▁]▁/u.test(piece));
  return crossed ? KEEP_WHOLE : matchesOf(/▁+[^▁]*|[^▁]+/gu);
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
