import { GradlabError } from "../../errors.js";
import { bpeModelJson } from "../bpe-model-json.js";
import type {
  AddedTokenJson,
  NormalizerJson,
  TokenizerConfigJson,
  TokenizerJson,
} from "../tokenizer-json.js";
import type { UnigramJson } from "../unigram.js";
import { mergesOfPieces } from "./merges-of-pieces.js";
import { endsTemplate } from "./special-json.js";
import { readProtobuf, type ProtobufField } from "./read-protobuf.js";

const PIECE_TYPES = ["", "normal", "unknown", "control", "user-defined", "unused", "byte"] as const;
type PieceType = (typeof PIECE_TYPES)[number];

interface Piece {
  readonly text: string;
  readonly score: number;
  readonly type: PieceType;
}

interface SentencePieceModel {
  readonly kind: number;
  readonly pieces: readonly Piece[];
  readonly byteFallback: boolean;
  readonly charsmap: string;
  readonly dummyPrefix: boolean;
  readonly removeExtraSpaces: boolean;
}

const UNIGRAM = 1;
const BPE = 2;
const CHAR = 4;
const MARK = "▁";
// A piece may be the byte order mark.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * `tokenizer.model`, a SentencePiece model, as the tokenizer.json that does the same: kinds BPE, Unigram and characters,
 * with byte fallback and user-defined pieces.
 *
 * @param config tokenizer_config.json: `add_bos_token`, `add_eos_token`; without them Llama's and Gemma's tokenizers begin
 *   with a beginning-of-text token and T5's end with an end-of-text token, as their `tokenizer_class` says
 * @throws E_TOKENIZER for a file that is cut, of another kind (words), or that has pieces marked as unused
 * @source sentencepiece_model.proto; Kudo and Richardson 2018
 */
export function readSentencePiece(
  bytes: Uint8Array,
  config: TokenizerConfigJson = {},
): TokenizerJson | UnigramJson {
  const model = parseModel(bytes);
  const { pieces } = model;
  const unknown = pieces.findIndex(({ type }) => type === "unknown");
  if (unknown < 0) throw new GradlabError("E_TOKENIZER", "This tokenizer.model has no unknown piece.");
  const shared = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: addedTokens(pieces),
    normalizer: normalizerOf(model),
    pre_tokenizer: null,
    post_processor: endsTemplate(textEnds(pieces, config)),
    decoder: decoderOf(model),
  };
  if (model.kind === UNIGRAM) {
    const vocab = pieces.map(({ text, score }) => [text, score] as const);
    return {
      ...shared,
      model: { type: "Unigram", unk_id: unknown, vocab, byte_fallback: model.byteFallback },
    };
  }
  return {
    ...shared,
    model: bpeModelJson({
      unk_token: pieces[unknown].text,
      fuse_unk: true,
      byte_fallback: model.byteFallback,
      vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
      merges: model.kind === BPE ? mergesOf(pieces) : [],
    }),
  };
}

function parseModel(bytes: Uint8Array): SentencePieceModel {
  const fields = readProtobuf(bytes);
  const part = (number: number): ReadonlyMap<number, ProtobufField["value"]> => {
    const found = fields.find((field) => field.number === number)?.value;
    return byNumber(found instanceof Uint8Array ? found : new Uint8Array());
  };
  const [trainer, normalizer] = [part(2), part(3)];
  const pieces = fields.flatMap(({ number, value }) =>
    number === 1 && value instanceof Uint8Array ? [readPiece(byNumber(value))] : [],
  );
  const kind = Number(trainer.get(3) ?? UNIGRAM);
  if (pieces.length === 0) throw new GradlabError("E_TOKENIZER", "This tokenizer.model has no pieces.");
  if (![UNIGRAM, BPE, CHAR].includes(kind)) throw refusal("of the kind that takes whole words");
  if (pieces.some(({ type }) => type === "unused")) throw refusal("with pieces marked as unused");
  if (trainer.get(24)) throw refusal("with white space behind words (treat_whitespace_as_suffix)");
  if (normalizer.get(5) === 0) throw refusal("without marks for white space (escape_whitespaces)");
  const charsmap = normalizer.get(2);
  return {
    kind,
    pieces,
    byteFallback: trainer.get(35) === 1,
    charsmap: charsmap instanceof Uint8Array ? Buffer.from(charsmap).toString("base64") : "",
    dummyPrefix: normalizer.get(3) !== 0,
    removeExtraSpaces: normalizer.get(4) !== 0,
  };
}

function refusal(what: string): GradlabError {
  return new GradlabError("E_TOKENIZER", `A SentencePiece model ${what} is not supported.`, {
    hint: "Supported: BPE, Unigram and characters. Convert the model to tokenizer.json where it was made.",
  });
}

const byNumber = (bytes: Uint8Array): ReadonlyMap<number, ProtobufField["value"]> =>
  new Map(readProtobuf(bytes).map(({ number, value }) => [number, value]));

function readPiece(fields: ReadonlyMap<number, ProtobufField["value"]>): Piece {
  const text = fields.get(1);
  return {
    text: text instanceof Uint8Array ? utf8.decode(text) : "",
    score: Number(fields.get(2) ?? 0),
    type: PIECE_TYPES[Number(fields.get(3) ?? 1)] ?? "normal",
  };
}

function addedTokens(pieces: readonly Piece[]): AddedTokenJson[] {
  return pieces.flatMap(({ text, type }, id) => {
    const special = type === "control" || type === "unknown";
    // With a space in it, it is never met: the text has marks by then.
    if (!special && (type !== "user-defined" || text.includes(" "))) return [];
    return [
      { id, content: text, single_word: false, lstrip: false, rstrip: false, normalized: !special, special },
    ];
  });
}

function normalizerOf({ charsmap, removeExtraSpaces, dummyPrefix }: SentencePieceModel): NormalizerJson {
  const replace = (pattern: { Regex: string } | { String: string }, content: string): NormalizerJson => ({
    type: "Replace",
    pattern,
    content,
  });
  const steps: NormalizerJson[] = [];
  if (charsmap) steps.push({ type: "Precompiled", precompiled_charsmap: charsmap, longest_match: true });
  if (removeExtraSpaces)
    steps.push(replace({ Regex: " {2,}" }, " "), replace({ Regex: `^ |[ ${MARK}]+$` }, ""));
  if (dummyPrefix) steps.push({ type: "Prepend", prepend: MARK });
  return { type: "Sequence", normalizers: [...steps, replace({ String: " " }, MARK)] };
}

const decoderOf = ({ dummyPrefix }: SentencePieceModel): object => ({
  type: "Sequence",
  decoders: [
    { type: "Replace", pattern: { String: MARK }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    ...(dummyPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
  ],
});

/** Best score first; of equals the lower id. */
function mergesOf(pieces: readonly Piece[]): [string, string][] {
  const usual = pieces.map((piece, id) => ({ ...piece, id })).filter(({ type }) => type === "normal");
  const ordered = usual.sort((a, b) => b.score - a.score || a.id - b.id).map(({ text }) => text);
  return mergesOfPieces(ordered, new Map(ordered.map((text, rank) => [text, rank])));
}

/** The tokens around a text. */
function textEnds(
  pieces: readonly Piece[],
  config: TokenizerConfigJson,
): { before: [string, number][]; after: [string, number][] } {
  const kind = typeof config.tokenizer_class === "string" ? config.tokenizer_class : "";
  const ends = (
    asked: unknown,
    usual: RegExp,
    name: unknown,
    usualName: readonly string[],
  ): [string, number][] => {
    if (!(typeof asked === "boolean" ? asked : usual.test(kind))) return [];
    const content = typeof name === "string" ? name : (name as { content?: string } | null)?.content;
    const id = pieces.findIndex(({ text }) => (content ? text === content : usualName.includes(text)));
    return id < 0 ? [] : [[pieces[id].text, id]];
  };
  return {
    before: ends(config.add_bos_token, /^(Code)?(Llama|Gemma)/, config.bos_token, ["<s>", "<bos>"]),
    after: ends(config.add_eos_token, /^(T5|MT5)/, config.eos_token, ["</s>", "<eos>"]),
  };
}
