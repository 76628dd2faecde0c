import { createSectioner } from "./added-tokens.js";
import { byteName } from "./bpe-words.js";
import { specialTokens as listed } from "./files/index.js";
import type { TokenizerConfigJson } from "./tokenizer-json.js";

/** What trainers of SentencePiece's two kinds, BPE and Unigram, have in common. */
export interface SentencePieceVocabOptions {
  /** Ids in all: special tokens, symbols, bytes, characters, pieces. Default 4096. */
  readonly vocabSize?: number;
  /** They take the first ids, in this order, and hold "<unk>". Default `["<unk>", "<s>", "</s>", "<pad>"]`. */
  readonly specialTokens?: readonly string[];
  /** Texts that are one token wherever they stand. Default none. */
  readonly userSymbols?: readonly string[];
  /** Spells characters outside the vocabulary with 256 tokens for bytes, so that nothing is unknown. Default true. */
  readonly byteFallback?: boolean;
  /** The share of the text's characters that become tokens, the most frequent ones. Default 0.9995. */
  readonly characterCoverage?: number;
}

const MARK = "▁";

/** The tokens before those that are learned, in the order of their ids. */
export function firstTokens({
  specialTokens = ["<unk>", "<s>", "</s>", "<pad>"],
  userSymbols = [],
  byteFallback = true,
}: SentencePieceVocabOptions) {
  const bytes = byteFallback ? Array.from({ length: 256 }, (_, byte) => byteName(byte)) : [];
  return { specialTokens, userSymbols, byteFallback, all: [...specialTokens, ...userSymbols, ...bytes] };
}

export type FirstTokens = ReturnType<typeof firstTokens>;

/** Words with their marks, without the symbols that are tokens of their own. */
export function markedWords({
  specialTokens,
  userSymbols,
}: FirstTokens): (text: string) => readonly string[] {
  const symbols = [...specialTokens, ...userSymbols].map((content, id) => ({ content, id }));
  const sections = createSectioner(symbols);
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

/** A tokenizer.json but for its model: spaces are marks, and none is put before a text. */
export function sentencePieceJson({ specialTokens, userSymbols }: FirstTokens) {
  const marked = userSymbols.map((content, i) => ({
    ...listed([[content, specialTokens.length + i]])[0],
    special: false,
  }));
  return {
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
  };
}

/** The tokenizer_config.json: the usual names, where they are among the special tokens. */
export function sentencePieceConfig({ specialTokens }: FirstTokens): TokenizerConfigJson {
  const present = (token: string): string | null => (specialTokens.includes(token) ? token : null);
  return { bos_token: present("<s>"), eos_token: present("</s>"), pad_token: present("<pad>") };
}

/** The stretches of words between characters that are no tokens: nothing is learned across one. */
export function* knownRuns(
  counts: ReadonlyMap<string, number>,
  isKnown: (char: string) => boolean,
): Generator<[chars: readonly string[], count: number]> {
  for (const [word, count] of counts) {
    let run: string[] = [];
    for (const char of Array.from(word).concat("")) {
      if (char !== "" && isKnown(char)) run.push(char);
      else {
        if (run.length > 0) yield [run, count];
        run = [];
      }
    }
  }
}
