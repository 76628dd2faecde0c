import { GradlabError } from "../../errors.js";
import { BYTE_LEVEL_DECODER, bpeModelJson } from "../bpe-model-json.js";
import { charOfByte } from "../byte-level.js";
import { CONTRACTIONS, GPT2_PATTERN, LLAMA3_PATTERN } from "../split-words.js";
import type { TokenizerJson } from "../tokenizer-json.js";
import { endsTemplate, specialTokens } from "./special-json.js";
import { mergesOfPieces } from "./merges-of-pieces.js";

/** An encoding of tiktoken: how text is cut into words, and its special tokens. */
interface TiktokenEncoding {
  readonly pattern: string;
  /** Ranks in its file. */
  readonly size: number;
  /** Special tokens: fixed ids, or in order behind the ranks. */
  readonly special: readonly (string | readonly [token: string, id: number])[];
  readonly bos?: string;
}

const UPPER = "\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}";
const LOWER = "\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}";
const CASED = [
  `[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]*[${LOWER}]+${CONTRACTIONS}?`,
  `[^\\r\\n\\p{L}\\p{N}]?[${UPPER}]+[${LOWER}]*${CONTRACTIONS}?`,
  "\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
].join("|");

const reserved = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `<|reserved_special_token_${from + i}|>`);

const ENCODINGS = {
  gpt2: { pattern: GPT2_PATTERN, size: 50_256, special: ["<|endoftext|>"] },
  p50k: { pattern: GPT2_PATTERN, size: 50_280, special: [["<|endoftext|>", 50_256]] },
  cl100k: {
    pattern: LLAMA3_PATTERN,
    size: 100_256,
    special: [
      ["<|endoftext|>", 100_257],
      ["<|fim_prefix|>", 100_258],
      ["<|fim_middle|>", 100_259],
      ["<|fim_suffix|>", 100_260],
      ["<|endofprompt|>", 100_276],
    ],
  },
  o200k: {
    pattern: CASED,
    size: 199_998,
    special: [
      ["<|endoftext|>", 199_999],
      ["<|endofprompt|>", 200_018],
    ],
  },
  llama3: {
    pattern: LLAMA3_PATTERN,
    size: 128_000,
    bos: "<|begin_of_text|>",
    special: [
      "<|begin_of_text|>",
      "<|end_of_text|>",
      ...reserved(0, 4),
      "<|start_header_id|>",
      "<|end_header_id|>",
      ...reserved(4, 5),
      "<|eot_id|>",
      ...reserved(5, 251),
    ],
  },
} as const satisfies Readonly<Record<string, TiktokenEncoding>>;

/** The encodings of tiktoken files that are known by name. */
export type TiktokenName = keyof typeof ENCODINGS;

/** Names in the files of tiktoken's own encodings. */
const FILE_NAMES: readonly (readonly [RegExp, TiktokenName])[] = [
  [/r50k|gpt2/i, "gpt2"],
  [/p50k/i, "p50k"],
  [/cl100k/i, "cl100k"],
  [/o200k/i, "o200k"],
  [/llama-?_?3/i, "llama3"],
];

/**
 * A tiktoken file (a line is a token in base64 and its rank) as the tokenizer.json that does the same. The file does not say how
 * text is cut into words, so that is named, or known by the file's name or its number of tokens.
 *
 * @param options.encoding "gpt2" (r50k), "p50k", "cl100k" (GPT-4), "o200k" (GPT-4o) or "llama3"
 * @param options.file the file's name, for errors and to know the encoding
 * @throws E_TOKENIZER for a line of another form, or an encoding that is not known
 * @source https://github.com/openai/tiktoken; Llama 3's tokenizer.py
 */
export function readTiktoken(
  text: string,
  { encoding, file = "the tiktoken file" }: { encoding?: TiktokenName; file?: string } = {},
): TokenizerJson {
  const ranks = readRanks(text, file);
  const tokens = [...ranks.keys()];
  const name = encoding ?? guessEncoding(file, tokens.length);
  const known: TiktokenEncoding = ENCODINGS[name];
  const special = known.special.map((token, i) =>
    typeof token === "string" ? ([token, known.size + i] as const) : token,
  );
  const ends = special.filter(([token]) => token === known.bos);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens(special),
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: known.pattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: endsTemplate({ before: ends, after: [] }),
    decoder: BYTE_LEVEL_DECODER,
    model: bpeModelJson({
      // A word that is a token is never cut, whatever the merges say.
      ignore_merges: true,
      vocab: Object.fromEntries(ranks),
      merges: mergesOfPieces(tokens, ranks),
    }),
  };
}

/** Whether the text's first line has the form of a tiktoken file. */
export const looksLikeTiktoken = (text: string): boolean => /^[A-Za-z0-9+/]+={0,2} \d+\r?\n/.test(text);

/** Token in GPT-2's alphabet → rank, lowest rank first. */
function readRanks(text: string, file: string): Map<string, number> {
  const ranks: [string, number][] = [];
  text.split(/\r?\n/).forEach((line, i) => {
    if (line === "") return;
    const [, base64, rank] = /^([A-Za-z0-9+/]+={0,2}) (\d+)$/.exec(line) ?? [];
    if (base64 === undefined)
      throw new GradlabError("E_TOKENIZER", "This line is not a token in base64 and its rank.", {
        where: `${file}:${i + 1}:1`,
        hint: "A tiktoken file has lines such as `IQ== 0`.",
      });
    ranks.push([Array.from(Buffer.from(base64, "base64"), charOfByte).join(""), Number(rank)]);
  });
  if (ranks.length === 0)
    throw new GradlabError("E_TOKENIZER", "The tiktoken file is empty.", { where: file });
  return new Map(ranks.sort(([, a], [, b]) => a - b));
}

function guessEncoding(file: string, size: number): TiktokenName {
  const bySize = (Object.keys(ENCODINGS) as TiktokenName[]).find((name) => ENCODINGS[name].size === size);
  const name = FILE_NAMES.find(([pattern]) => pattern.test(file.split(/[\\/]/).at(-1) ?? ""))?.[1] ?? bySize;
  if (name !== undefined) return name;
  throw new GradlabError("E_TOKENIZER", `No known encoding of tiktoken has ${size} tokens.`, {
    where: file,
    hint: `Name it: { encoding: "…" }, one of ${Object.keys(ENCODINGS).join(", ")}.`,
  });
}
