import { alphabetOf } from "./alphabet.js";
import { bpeModelJson } from "./bpe-model-json.js";
import { byteName } from "./bpe-words.js";
import { createSectioner } from "./added-tokens.js";
import { specialTokens as listed } from "./files/index.js";
import { requireVocab } from "./require-vocab.js";
import { Tokenizer } from "./tokenizer.js";
import { countWords, learnSymbolMerges } from "./train-bpe.js";

export interface SentencePieceTrainOptions {
  /** Ids in all: special tokens, symbols, bytes, characters, merges. Default 4096. */
  readonly vocabSize?: number;
  /** They take the first ids, in this order, and hold "<unk>". Default `["<unk>", "<s>", "</s>", "<pad>"]`. */
  readonly specialTokens?: readonly string[];
  /** Texts that are one token wherever they stand. Default none. */
  readonly userSymbols?: readonly string[];
  /** Spells characters outside the vocabulary with 256 tokens for bytes, so that nothing is unknown. Default true. */
  readonly byteFallback?: boolean;
  /** The share of the text's characters that become tokens, the most frequent ones. Default 0.9995. */
  readonly characterCoverage?: number;
  /** A pair rarer than this is never joined. Default 2. */
  readonly minFrequency?: number;
}

const MARK = "▁";

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
  const { vocabSize = 4096, userSymbols = [], byteFallback = true, minFrequency = 2 } = options;
  const { specialTokens = ["<unk>", "<s>", "</s>", "<pad>"], characterCoverage = 0.9995 } = options;
  const bytes = byteFallback ? Array.from({ length: 256 }, (_, byte) => byteName(byte)) : [];
  const first = [...specialTokens, ...userSymbols, ...bytes];
  requireVocab(vocabSize, first, ["<unk>"]);
  const counts = countWords(texts, splitterWithout([...specialTokens, ...userSymbols]));
  const room = vocabSize - first.length;
  const tokens = alphabetOf(counts, { coverage: characterCoverage, limit: room });
  const words = knownRuns(counts, new Map(tokens.map((char, id) => [char, id])));
  const merges = learnSymbolMerges(
    { words, tokens, join: (left, right) => left + right },
    room,
    minFrequency,
  );
  const marked = userSymbols.map((content, i) => ({
    ...listed([[content, specialTokens.length + i]])[0],
    special: false,
  }));
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...listed(specialTokens.map((token, id) => [token, id] as const)), ...marked],
    normalizer: { type: "Replace" as const, pattern: { String: " " }, content: MARK },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: MARK }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
      ],
    },
    model: bpeModelJson({
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: byteFallback,
      vocab: Object.fromEntries([...first, ...tokens].map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => [tokens[left], tokens[right]] as const),
    }),
  };
  const present = (token: string): string | null => (specialTokens.includes(token) ? token : null);
  return Tokenizer.fromJSON(json, {
    bos_token: present("<s>"),
    eos_token: present("</s>"),
    pad_token: present("<pad>"),
  });
}

/** Words with their marks, without the symbols that are tokens of their own. */
function splitterWithout(symbols: readonly string[]): (text: string) => readonly string[] {
  const sections = createSectioner(symbols.map((content, id) => ({ content, id })));
  return (text) => {
    const plain = text.replace(/\p{Surrogate}/gu, "\ufffd");
    return sections(plain).flatMap(({ start, end, id }) =>
      id === undefined
        ? (plain
            .slice(start, end)
            .replaceAll(" ", MARK)
            .match(/▁+[^▁]*|[^▁]+/gu) ?? [])
        : [],
    );
  };
}

/** The stretches of words between characters that are no tokens: no merge reaches across one. */
function* knownRuns(
  counts: ReadonlyMap<string, number>,
  ids: ReadonlyMap<string, number>,
): Generator<[symbols: Int32Array, count: number]> {
  for (const [word, count] of counts) {
    let run: number[] = [];
    for (const char of Array.from(word).concat("")) {
      const id = ids.get(char);
      if (id !== undefined) run.push(id);
      else {
        if (run.length > 1) yield [Int32Array.from(run), count];
        run = [];
      }
    }
  }
}
