import { GradlabError } from "../errors.js";
import { createEncoder, type SectionEncoder, type TracedToken } from "./encode-sections.js";
import { assemble } from "./encodings/assemble.js";
import { columnsOf, Encoding } from "./encodings/encoding.js";
import {
  paddingJson,
  readPadding,
  readTruncation,
  truncationJson,
  type PaddingJson,
  type PaddingOptions,
  type TruncationJson,
  type TruncationOptions,
} from "./encodings/limits.js";
import { pad } from "./encodings/pad.js";
import { readTrims, trimOffsets, type OffsetTrim } from "./encodings/trim-offsets.js";
import { truncate } from "./encodings/truncate.js";
import { readSpecialIds, readTemplate, type SpecialIds } from "./special-tokens.js";
import { templatePieces, type TemplatePiece } from "./templates.js";
import type { TextModel } from "./text-model.js";
import type {
  DecodeOptions,
  EncodeOptions,
  EncodingOptions,
  TextOrPair,
  TextTokenizer,
} from "./text-tokenizer.js";
import type {
  AddedTokenJson,
  NormalizerJson,
  PostProcessorJson,
  TokenizerConfigJson,
} from "./tokenizer-json.js";

/** What the three kinds of tokenizer.json have in common. */
export interface SharedJson {
  readonly added_tokens?: readonly AddedTokenJson[];
  readonly normalizer: NormalizerJson | null;
  readonly post_processor: PostProcessorJson | null;
  readonly truncation?: unknown;
  readonly padding?: unknown;
}

/** What is written to tokenizer.json of the lengths of texts; null takes it out. */
export interface Limits {
  readonly truncation?: TruncationOptions | null;
  readonly padding?: PaddingOptions | null;
}

/** What all kinds of tokenizers read from a tokenizer.json do alike. */
export abstract class JsonTokenizer<Json extends SharedJson> implements TextTokenizer {
  /** One more than the highest id: the rows an embedding needs. */
  readonly vocabSize: number;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  readonly #json: Json;
  readonly #config: TokenizerConfigJson;
  readonly #tokens: readonly (string | undefined)[];
  readonly #ids: ReadonlyMap<string, number>;
  readonly #specials: ReadonlySet<number>;
  readonly #encoder: SectionEncoder;
  readonly #single: readonly TemplatePiece[];
  readonly #trims: readonly OffsetTrim[];
  readonly #truncation: TruncationJson | undefined;
  readonly #padding: PaddingJson | undefined;

  protected constructor(
    json: Json,
    config: TokenizerConfigJson,
    vocab: Iterable<readonly [token: string, id: number]>,
    model: TextModel,
  ) {
    const { added_tokens: added = [], normalizer } = json;
    this.#json = json;
    this.#config = config;
    this.#ids = new Map([...vocab, ...added.map(({ content, id }) => [content, id] as const)]);
    const tokens: string[] = [];
    for (const [token, id] of this.#ids) tokens[id] = token;
    this.#tokens = tokens;
    this.vocabSize = tokens.length;
    this.#specials = new Set(added.filter(({ special }) => special).map(({ id }) => id));
    const template = readTemplate(json.post_processor, this.#ids);
    this.#single = template.pieces;
    this.#encoder = createEncoder({ added, normalizer, template }, model);
    this.#trims = readTrims(json.post_processor);
    this.#truncation = readTruncation(json.truncation);
    this.#padding = readPadding(json.padding);
    const special: SpecialIds = readSpecialIds(config, this.#ids, template);
    this.bosId = special.bos;
    this.eosId = special.eos;
    this.padId = special.pad;
  }

  /** The contents of tokenizer.json. */
  toJSON(): Json {
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
    const token = this.#tokens[id];
    if (token !== undefined) return token;
    throw new GradlabError("E_INDEX", `Token id ${id} is not in the vocabulary of ${this.vocabSize}.`, {
      hint: "Decode with the tokenizer that belongs to the model.",
    });
  }

  isSpecial(id: number): boolean {
    return this.#specials.has(id);
  }

  /**
   * Text → ids of all of it, whatever tokenizer.json says of truncation.
   *
   * @example
   * tokenizer.encode("Hello world") // Int32Array [ 512, 1034 ]
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    return this.#encoder.encode(requireText(text), options);
  }

  /**
   * A text (or two, by the template for pairs) with what is known of each token: ids, offsets, masks. Truncated and padded as
   * the options say, else as tokenizer.json does.
   *
   * @throws E_CONFIG for limits that cannot be kept; E_DATA_FORMAT
   * @example
   * const { ids, offsets, attentionMask } = tokenizer.encodeWithOffsets("Hello world");
   */
  encodeWithOffsets(text: TextOrPair, options: EncodingOptions = {}): Encoding {
    return this.encodeBatch([text], options)[0];
  }

  /**
   * Texts, or pairs of them, that go through a model together.
   *
   * @throws E_CONFIG for limits that cannot be kept; E_DATA_FORMAT
   * @example
   * const words = Tokenizer.train(["low lower lowest"], { vocabSize: 270 });
   * const rows = words.encodeBatch(["low", "low lower"], { padding: true });
   * rows.map(({ attentionMask }) => [...attentionMask]) // [[1,0,0],[1,1,1]]
   */
  encodeBatch(texts: Iterable<TextOrPair>, options: EncodingOptions = {}): readonly Encoding[] {
    const truncation = this.#truncationOf(options);
    const padding = this.#paddingOf(options);
    const rows = Array.from(texts, (text) => this.#encodeRow(text, options, truncation));
    return padding ? pad(rows, padding) : rows;
  }

  /**
   * The same tokenizer with other limits in its tokenizer.json; what is left out stays.
   *
   * @throws E_CONFIG for limits that make no sense, or when there is no padding token
   * @example
   * const short = tokenizer.withLimits({ truncation: { maxLength: 512, stride: 64 }, padding: { length: "longest" } });
   */
  withLimits({ truncation, padding }: Limits): this {
    const { truncation: cuts = null, padding: fills = null } = this.#json;
    return this.again({
      ...this.#json,
      truncation: truncation === undefined ? cuts : truncation && truncationJson(truncation),
      padding: padding === undefined ? fills : padding && this.#paddingJson(padding),
    });
  }

  abstract decode(ids: ArrayLike<number>, options?: DecodeOptions): string;

  /** A tokenizer of the same kind. */
  protected abstract again(json: Json): this;

  #encodeRow(row: TextOrPair, options: EncodingOptions, truncation: TruncationJson | undefined): Encoding {
    const texts = (Array.isArray(row) ? row : [row]) as readonly string[];
    const pieces = this.#pieces(texts.length > 1).filter(
      (piece) => "text" in piece || options.addSpecialTokens !== false,
    );
    const added = pieces.reduce((sum, piece) => sum + ("ids" in piece ? piece.ids.length : 0), 0);
    const encodings = texts.map((text) => this.#plain(this.#encoder.trace(requireText(text), options)));
    const cut = truncation ? truncate(encodings, truncation, added) : encodings;
    const trimmed = cut.map((encoding, i) =>
      this.#trims.reduce((current, trim) => trimOffsets(current, texts[i], trim), encoding),
    );
    return assemble(trimmed, pieces);
  }

  #pieces(pair: boolean): readonly TemplatePiece[] {
    if (!pair) return this.#single;
    const pieces = templatePieces(this.#json.post_processor, true, (token) => this.idOf(token));
    return pieces ?? [...this.#single, { type: 1, text: "B" }];
  }

  #plain(tokens: readonly TracedToken[]): Encoding {
    const column = (of: (token: TracedToken) => number): Int32Array => Int32Array.from(tokens, of);
    const columns = columnsOf(() => new Int32Array(tokens.length));
    return new Encoding(
      {
        ...columns,
        ids: column(({ id }) => id),
        starts: column(({ start }) => start),
        ends: column(({ end }) => end),
        words: column(({ word }) => word),
        attention: new Int32Array(tokens.length).fill(1),
      },
      (id) => this.tokenOf(id),
    );
  }

  #truncationOf({ truncation }: EncodingOptions): TruncationJson | undefined {
    if (truncation === undefined) return this.#truncation;
    return truncation === false ? undefined : truncationJson(truncation);
  }

  #paddingOf({ padding }: EncodingOptions): PaddingJson | undefined {
    if (padding === undefined) return this.#padding;
    if (padding === false) return undefined;
    return padding === true && this.#padding
      ? this.#padding
      : this.#paddingJson(padding === true ? {} : padding);
  }

  #paddingJson(options: PaddingOptions): PaddingJson {
    const token =
      this.#padding?.pad_token ?? (this.padId === undefined ? undefined : this.tokenOf(this.padId));
    return paddingJson(options, token, (name) => this.idOf(name));
  }
}

/** @throws E_DATA_FORMAT */
function requireText(text: unknown): string {
  if (typeof text === "string") return text;
  const what = text === null ? "null" : Array.isArray(text) ? "an array" : typeof text;
  throw new GradlabError("E_DATA_FORMAT", `encode takes a string, got ${what}.`, {
    hint: "Pass the text of one row.",
  });
}
