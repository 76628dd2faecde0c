import { GradlabError } from "../errors.js";
import { BYTE_LEVEL_DECODER, bpeModelJson } from "./bpe-model-json.js";
import { charOfByte } from "./byte-level.js";
import { specialTokens as listed } from "./files/index.js";
import { MergeTable } from "./merge-table.js";
import type { BpeMerges } from "./train-bpe.js";
import type { PreTokenizerJson, TokenizerConfigJson, TokenizerJson } from "./tokenizer-json.js";

export interface BpeModel {
  /** id → stored form; holes where the file leaves an id out. */
  readonly tokens: readonly (string | undefined)[];
  readonly ids: ReadonlyMap<string, number>;
  readonly merges: MergeTable;
}

/** Reads vocabulary and merges, and checks that they agree. @throws E_TOKENIZER */
export function readModel(json: TokenizerJson): BpeModel {
  const { model, added_tokens: added } = checkShape(json);
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(model.vocab)) ids.set(token, checkId(token, id));
  for (const token of added) ids.set(token.content, checkId(token.content, token.id));
  const tokens: (string | undefined)[] = [];
  for (const [token, id] of ids) {
    if (tokens[id] !== undefined && tokens[id] !== token)
      throw new GradlabError(
        "E_TOKENIZER",
        `Id ${id} stands for both ${quote(tokens[id])} and ${quote(token)}.`,
      );
    tokens[id] = token;
  }
  // Spread makes holes explicit, so that `map` visits them.
  return { tokens: [...tokens], ids, merges: readMerges(model.merges, ids) };
}

/** The tokenizer.json of a freshly trained tokenizer: special tokens, bytes, merges, in this order. */
export function buildTokenizerJson(
  specialTokens: readonly string[],
  learned: BpeMerges,
  preTokenizer: PreTokenizerJson,
): TokenizerJson {
  const tokens = Array.from({ length: 256 }, (_, byte) => charOfByte(byte));
  const merges = Array.from(learned.left, (left, rank) => {
    const [first, second] = [tokens[left], tokens[learned.right[rank]]];
    tokens.push(first + second);
    return `${first} ${second}`;
  });
  const vocab = Object.fromEntries([...specialTokens, ...tokens].map((token, id) => [token, id]));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: listed(specialTokens.map((token, id) => [token, id] as const)),
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: BYTE_LEVEL_DECODER,
    model: bpeModelJson({ vocab, merges }),
  };
}

/** A tokenizer_config.json that names the special tokens it recognises. */
export function buildConfigJson(specialTokens: readonly string[]): TokenizerConfigJson {
  const present = (token: string): string | null => (specialTokens.includes(token) ? token : null);
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    bos_token: null,
    eos_token: present("<|endoftext|>"),
    pad_token: present("<|pad|>"),
    unk_token: null,
  };
}

function checkShape(json: TokenizerJson): TokenizerJson {
  const type = (json as Partial<TokenizerJson> | null)?.model?.type ?? "BPE";
  const hint =
    "Language models read BPE, byte-level (GPT-2, Llama 3, Qwen) or SentencePiece's (Llama 2, Gemma); encoders and T5 also WordPiece and Unigram.";
  if (type !== "BPE")
    throw new GradlabError("E_TOKENIZER", `A ${type} tokenizer is not supported.`, { hint });
  if (typeof json?.model?.vocab !== "object" || !Array.isArray(json.model.merges))
    throw new GradlabError(
      "E_TOKENIZER",
      "This is not a tokenizer.json: model.vocab or model.merges is missing.",
    );
  if (json.model.continuing_subword_prefix)
    throw new GradlabError("E_TOKENIZER", "BPE with continuing_subword_prefix is not supported.", { hint });
  return { ...json, added_tokens: json.added_tokens ?? [] };
}

function checkId(token: string, id: unknown): number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < 2 ** 24) return id;
  throw new GradlabError("E_TOKENIZER", `The token ${quote(token)} has the id ${JSON.stringify(id)}.`);
}

function readMerges(merges: TokenizerJson["model"]["merges"], ids: ReadonlyMap<string, number>): MergeTable {
  const left = new Int32Array(merges.length);
  const right = new Int32Array(merges.length);
  const result = new Int32Array(merges.length);
  merges.forEach((merge, rank) => {
    const [first, second] = typeof merge === "string" ? merge.split(" ") : merge;
    const found = [ids.get(first), ids.get(second), ids.get(first + second)];
    if (found.includes(undefined))
      throw new GradlabError(
        "E_TOKENIZER",
        `Merge ${rank} (${quote(merge)}) uses a token outside the vocabulary.`,
      );
    [left[rank], right[rank], result[rank]] = found as [number, number, number];
  });
  return new MergeTable(left, right, result);
}

function quote(value: unknown): string {
  return JSON.stringify(value);
}
