import { alphabetOf } from "./alphabet.js";
import { bpeModelJson } from "./bpe-model-json.js";
import { requireVocab } from "./require-vocab.js";
import {
  firstTokens,
  knownRuns,
  markedWords,
  sentencePieceConfig,
  sentencePieceJson,
  type SentencePieceVocabOptions,
} from "./sentencepiece-json.js";
import { Tokenizer } from "./tokenizer.js";
import { countWords, learnSymbolMerges } from "./train-bpe.js";

export interface SentencePieceTrainOptions extends SentencePieceVocabOptions {
  /** A pair rarer than this is never joined. Default 2. */
  readonly minFrequency?: number;
}

/**
 * Learns BPE from characters, as SentencePiece does: spaces are marks that begin words, and what is rare is spelled with bytes. No
 * space is put before a text (as for Gemma, unlike Llama 2), so that any text comes back, but that "▁" is a space when decoded. The same texts give the same tokenizer.
 *
 * @throws E_CONFIG when `vocabSize` leaves no room for characters, or "<unk>" is not among the special tokens; E_DATA_EMPTY
 * @source Sennrich et al. 2016; Kudo and Richardson 2018
 * @example
 * const learned = trainSentencePiece(["low lower lowest slow"], { vocabSize: 300 });
 * learned.decode(learned.encode("slower 😀")) // "slower 😀"
 */
export function trainSentencePiece(
  texts: Iterable<string>,
  options: SentencePieceTrainOptions = {},
): Tokenizer {
  const { vocabSize = 4096, minFrequency = 2, characterCoverage = 0.9995 } = options;
  const first = firstTokens(options);
  requireVocab(vocabSize, first.all, ["<unk>"]);
  const counts = countWords(texts, markedWords(first));
  const room = vocabSize - first.all.length;
  const tokens = alphabetOf(counts, { coverage: characterCoverage, limit: room });
  const words = symbolRuns(counts, new Map(tokens.map((char, id) => [char, id])));
  const merges = learnSymbolMerges(
    { words, tokens, join: (left, right) => left + right },
    room,
    minFrequency,
  );
  const model = bpeModelJson({
    unk_token: "<unk>",
    fuse_unk: true,
    byte_fallback: first.byteFallback,
    vocab: Object.fromEntries([...first.all, ...tokens].map((token, id) => [token, id])),
    merges: merges.map(([left, right]) => [tokens[left], tokens[right]] as const),
  });
  return Tokenizer.fromJSON({ ...sentencePieceJson(first), model }, sentencePieceConfig(first));
}

function* symbolRuns(
  counts: ReadonlyMap<string, number>,
  ids: ReadonlyMap<string, number>,
): Generator<[symbols: Int32Array, count: number]> {
  for (const [chars, count] of knownRuns(counts, (char) => ids.has(char)))
    yield [Int32Array.from(chars, (char) => ids.get(char) ?? -1), count];
}
