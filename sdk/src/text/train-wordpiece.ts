import { alphabetOf } from "./alphabet.js";
import { BERT_WORDS } from "./bert-words.js";
import { wordPieceJson } from "./files/read-vocab-txt.js";
import { createNormalizer } from "./normalize.js";
import { requireVocab } from "./require-vocab.js";
import { countWords, learnSymbolMerges } from "./train-bpe.js";
import { WordPieceTokenizer } from "./wordpiece.js";

export interface WordPieceTrainOptions {
  /** Ids in all: special tokens, characters, pieces. Default 4096. */
  readonly vocabSize?: number;
  /** They take the first ids, in this order. Default `["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]`. */
  readonly specialTokens?: readonly string[];
  /** A pair rarer than this is never joined. Default 2. */
  readonly minFrequency?: number;
  /** Characters at most, the most frequent ones; words with others are unknown. Default 1000. */
  readonly limitAlphabet?: number;
  /** Default true. */
  readonly lowercase?: boolean;
}

const PREFIX = "##";

/**
 * Learns a WordPiece vocabulary as BERT's: words between white space and punctuation, their pieces joined by frequency, those
 * inside a word marked by "##". The same texts give the same tokenizer.
 *
 * Schuster and Nakajima join the pair that raises the likelihood of the text most; their code was never published, and Hugging
 * Face's trainer, as this one, joins the most frequent pair (Sennrich et al. 2016).
 *
 * @throws E_CONFIG when `vocabSize` leaves no room for characters, or [UNK] is not among the special tokens; E_DATA_EMPTY
 * @source Schuster and Nakajima 2012; Hugging Face tokenizers, models/wordpiece/trainer.rs
 * @example
 * const learned = trainWordPiece(["low lower lowest slow"], { vocabSize: 21 });
 * learned.encodeWithOffsets("lowest", { addSpecialTokens: false }).tokens // ["low","##e","##s","##t"]
 */
export function trainWordPiece(
  texts: Iterable<string>,
  options: WordPieceTrainOptions = {},
): WordPieceTokenizer {
  const { vocabSize = 4096, minFrequency = 2, limitAlphabet = 1000, lowercase = true } = options;
  const { specialTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] } = options;
  // Each character at a beginning and inside a word.
  requireVocab(vocabSize, specialTokens, ["[UNK]"], 2);
  const normalizer = { lowercase, strip_accents: null, handle_chinese_chars: true };
  const { apply } = createNormalizer({ type: "BertNormalizer", clean_text: true, ...normalizer });
  const counts = countWords(texts, (text) => BERT_WORDS.words(apply(text), true));
  const room = vocabSize - specialTokens.length;
  const limit = Math.min(limitAlphabet, Math.floor(room / 2));
  const symbols = symbolWords(counts, alphabetOf(counts, { limit }));
  learnSymbolMerges(
    { ...symbols, join: (left, right) => left + right.slice(PREFIX.length) },
    room,
    minFrequency,
  );
  const vocab = Object.fromEntries([...specialTokens, ...symbols.tokens].map((token, id) => [token, id]));
  const special = specialTokens.map((token, id) => [token, id] as const);
  return WordPieceTokenizer.fromJSON(wordPieceJson(vocab, special, normalizer), {
    pad_token: specialTokens.includes("[PAD]") ? "[PAD]" : null,
  });
}

/** Words as symbols: the first character, then the others with the mark. Words with a character outside are left out. */
function symbolWords(counts: ReadonlyMap<string, number>, alphabet: readonly string[]) {
  const known = new Set(alphabet);
  const ids = new Map<string, number>();
  const words: [Int32Array, number][] = [];
  const kept = [...counts].filter(([word]) => Array.from(word).every((char) => known.has(char)));
  const idOf = (token: string): number => {
    const id = ids.get(token) ?? ids.size;
    ids.set(token, id);
    return id;
  };
  for (const char of alphabet) idOf(char);
  for (const [word, count] of kept)
    words.push([Int32Array.from(Array.from(word), (char, i) => idOf(i > 0 ? PREFIX + char : char)), count]);
  return { words, tokens: [...ids.keys()] };
}
