import { GradlabError } from "../errors.js";
import { alphabetOf } from "./alphabet.js";
import { learnPieces } from "./pieces/learn-pieces.js";
import { requireVocab } from "./require-vocab.js";
import {
  firstTokens,
  knownRuns,
  markedWords,
  sentencePieceConfig,
  sentencePieceJson,
  type SentencePieceVocabOptions,
} from "./sentencepiece-json.js";
import { countWords } from "./train-bpe.js";
import { UnigramTokenizer } from "./unigram.js";

export interface UnigramTrainOptions extends SentencePieceVocabOptions {
  /** Characters of a piece at most. Default 16. */
  readonly maxPieceLength?: number;
  /** Pieces to begin with, at most. Default 1,000,000. */
  readonly seedSize?: number;
  /** The share of the pieces that each pruning leaves, above 0 and below 1. Default 0.75. */
  readonly shrinkingFactor?: number;
  /** Steps of expectation and maximization before each pruning. Default 2. */
  readonly subIterations?: number;
}

/**
 * Learns a Unigram vocabulary as SentencePiece does: from all frequent substrings, pieces are left out whose loss lowers the
 * likelihood of the text least, until `vocabSize` ids are left. A piece's score is ln of its probability; special tokens,
 * symbols and bytes have the score 0. No space is put before a text, so that any text comes back, but that "▁" is a space when
 * decoded. The same texts give the same tokenizer.
 *
 * @throws E_CONFIG when `vocabSize` leaves no room for characters, "<unk>" is not among the special tokens, or a number
 *   makes no sense; E_DATA_EMPTY
 * @source Kudo 2018, https://arxiv.org/abs/1804.10959; Kudo and Richardson 2018
 * @example
 * const pieces = trainUnigram(["low lower lowest slow slower"], { vocabSize: 275 });
 * pieces.decode(pieces.encode("slowest 😀")) // "slowest 😀"
 */
export function trainUnigram(texts: Iterable<string>, options: UnigramTrainOptions = {}): UnigramTokenizer {
  const { vocabSize = 4096, characterCoverage = 0.9995 } = options;
  const { maxPieceLength = 16, seedSize = 1_000_000, shrinkingFactor = 0.75, subIterations = 2 } = options;
  requireCount("maxPieceLength", maxPieceLength);
  requireCount("seedSize", seedSize);
  requireCount("subIterations", subIterations);
  if (!(shrinkingFactor > 0 && shrinkingFactor < 1)) throw refused("shrinkingFactor", shrinkingFactor);
  const first = firstTokens(options);
  requireVocab(vocabSize, first.all, ["<unk>"]);
  const counts = countWords(texts, markedWords(first));
  const size = vocabSize - first.all.length;
  const alphabet = new Set(alphabetOf(counts, { coverage: characterCoverage, limit: size }));
  const words = new Map<string, number>();
  for (const [chars, count] of knownRuns(counts, (char) => alphabet.has(char))) {
    const word = chars.join("");
    words.set(word, (words.get(word) ?? 0) + count);
  }
  const learned = learnPieces(words, {
    size,
    seedSize,
    longest: maxPieceLength,
    shrinkingFactor,
    subIterations,
  });
  const taken = new Set(first.all);
  const vocab = [
    ...first.all.map((token) => [token, 0] as const),
    ...learned.filter(([piece]) => !taken.has(piece)),
  ];
  const model = {
    type: "Unigram" as const,
    unk_id: first.all.indexOf("<unk>"),
    vocab,
    byte_fallback: first.byteFallback,
  };
  const json = { ...sentencePieceJson(first), pre_tokenizer: BETWEEN_MARKS, model };
  return UnigramTokenizer.fromJSON(json, sentencePieceConfig(first));
}

/** Marks in a row and what follows them are words, here as in training. */
const BETWEEN_MARKS = {
  type: "Split",
  pattern: { Regex: "▁+[^▁]*|[^▁]+" },
  behavior: "Isolated",
  invert: false,
} as const;

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw refused(name, value);
}

const refused = (name: string, value: number): GradlabError =>
  new GradlabError("E_CONFIG", `${name} ${value} makes no sense.`, {
    where: name,
    hint: name === "shrinkingFactor" ? "Take a share between 0 and 1, such as 0.75." : "Take 1 or more.",
  });
