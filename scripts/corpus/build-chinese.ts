/**
 * Builds the Chinese corpus: `npm run build && node --max-old-space-size=8000 scripts/dist/corpus/build-chinese.js`.
 *
 * Into `.cache/corpus-zh` come train.u16, heldout.u16 (whole works, none of whose longer lines stand in the training set),
 * its parts by kind, heldout-poems.u16 and so on, and card.json; into models/zh-2m the tokenizer, characters, if there is none. The same pins give the same bytes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Tokenizer, type TokenizerConfigJson, type TokenizerJson, trainCharacters } from "gradlab";
import { charactersOf, type Contamination, measureContamination } from "./contamination.js";
import type { Document } from "./document.js";
import { shuffleByHash } from "./hash.js";
import { packDocuments, SafeWriter, type PackedFile } from "./pack.js";
import { PINS } from "./pins.js";
import { converter } from "./sets/tang-poems.js";
import { readChineseMessages, readChinesePoetry } from "./sources/chinese.js";

const CACHE = ".cache";
const OUTPUT = join(CACHE, "corpus-zh");
const MODEL = join("models", "zh-2m");
const VOCABULARY = 4096;
const SPECIALS = ["<|endoftext|>", "<|pad|>", "<|im_start|>", "<|im_end|>", "<|mask|>", "<unk>"];
const HOLD_OUT_SHARE = 0.01;
const SEED = 5;
const MESSAGES = "typescript-messages";
/** Kinds of text that are measured apart, and the sources of each. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  poems: ["tang-poems", "song-poems", "song-lyrics"],
  plays: ["yuan-plays"],
  classics: ["classics"],
  messages: [MESSAGES],
};
/** Characters from which on a line that occurs twice is a repetition, not a phrase. */
const LONG_LINE = 5;

const linesOf = (text: string): string[] =>
  text.split(/[，。？！；：、\n]+/).filter((line) => line.length >= LONG_LINE);

/** Works by hash of their text; a held-out work shares no long line with the training set. */
function split(documents: readonly Document[]): { train: Document[]; heldOut: Document[] } {
  const unique = [...new Map(documents.map((document) => [document.text, document])).values()];
  const order = shuffleByHash(unique, ({ source, id }) => `${source}/${id}`, SEED);
  const count = Math.ceil(order.length * HOLD_OUT_SHARE);
  const train = order.slice(count);
  const known = new Set(train.flatMap(({ text }) => linesOf(text)));
  const vendored = new Set(vendoredLines());
  const heldOut = order.slice(0, count).filter(({ text }) => !linesOf(text).some((line) => known.has(line)));
  return { train: train.filter(({ text }) => !linesOf(text).some((line) => vendored.has(line))), heldOut };
}

/** Lines of the test part of datasets/tang-poems: nobody may have read them. */
function vendoredLines(): string[] {
  const text = gunzipSync(readFileSync(join("datasets", "tang-poems", "test.jsonl.gz"))).toString("utf8");
  return text
    .trim()
    .split("\n")
    .flatMap((line) => linesOf((JSON.parse(line) as { text: string }).text));
}

function tokenizerOf(train: readonly Document[]): Tokenizer {
  const path = join(MODEL, "tokenizer.json");
  if (existsSync(path)) {
    const config = JSON.parse(
      readFileSync(join(MODEL, "tokenizer_config.json"), "utf8"),
    ) as TokenizerConfigJson;
    return Tokenizer.fromJSON(JSON.parse(readFileSync(path, "utf8")) as TokenizerJson, config);
  }
  const texts = train.map(({ text }) => text);
  const tokenizer = trainCharacters(texts, { vocabSize: VOCABULARY, specialTokens: SPECIALS });
  mkdirSync(MODEL, { recursive: true });
  writeFileSync(path, `${JSON.stringify(tokenizer.toJSON())}\n`);
  const config = { ...tokenizer.toConfig(), eos_token: SPECIALS[0], pad_token: SPECIALS[1] };
  writeFileSync(join(MODEL, "tokenizer_config.json"), `${JSON.stringify(config, null, 1)}\n`);
  return tokenizer;
}

function pack(tokenizer: Tokenizer, name: string, documents: readonly Document[]): PackedFile {
  const encode = ({ text }: Document): { ids: Int32Array; textBytes: number } => ({
    ids: tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens: false }),
    textBytes: Buffer.byteLength(text),
  });
  const packed = packDocuments(join(OUTPUT, `${name}.u16`), documents, encode, tokenizer.idOf(SPECIALS[0])!);
  console.log(`${name}: ${packed.documents} works, ${packed.tokens} tokens`);
  return packed;
}

mkdirSync(OUTPUT, { recursive: true });
const simplify = await converter(CACHE);
const documents = [...readChinesePoetry(CACHE, simplify), ...readChineseMessages(CACHE)];
const { train, heldOut } = split(documents);
const tokenizer = tokenizerOf(train);
const bySource = groupBySource(train);
const byKind = Object.entries(KINDS).map(([kind, sources]): [string, Document[]] => [
  kind,
  heldOut.filter(({ source }) => sources.includes(source)),
]);
const bodies = heldOut.map((work) => ({ ...work, text: belowTitle(work) }));
/** How much of each held-out kind stands in the training set, by characters in a row; poems of a cycle share their title. */
const shared = (n: number): Record<string, Contamination> =>
  measureContamination(
    new Map([["general", heldOut], ...byKind, ["general, below the titles", bodies]]),
    train,
    n,
    charactersOf,
  );
const card = {
  name: "Chinese pre-training corpus",
  madeBy: "node scripts/dist/corpus/build-chinese.js",
  files: [
    pack(tokenizer, "train", train),
    pack(tokenizer, "heldout", heldOut),
    ...byKind.map(([kind, works]) => pack(tokenizer, `heldout-${kind}`, works)),
  ],
  sources: [...bySource].map(([source, works]) => ({
    source,
    works: works.length,
    characters: works.reduce((sum, { text }) => sum + text.length, 0),
  })),
  packages: (["chinesePoetry", "typescript"] as const).map((pin) => {
    const { package: name, sha256, licence } = PINS[pin];
    const works = train.filter(({ source }) => (source === MESSAGES) === (pin === "typescript"));
    return { package: name, sha256, licence, bytes: bytesOf(works) };
  }),
  heldOut: `${HOLD_OUT_SHARE} of the works, less those that share a line of ${LONG_LINE} or more characters with the training set`,
  contamination: { eightCharacters: shared(8), thirteenCharacters: shared(13) },
};
for (const path of [join(OUTPUT, "card.json"), join(MODEL, "corpus.json")]) {
  const writer = new SafeWriter(path);
  writer.write(`${JSON.stringify(card, null, 2)}\n`);
  writer.finish();
}

/** The lines under the first of a work; messages have no title. */
function belowTitle({ kind, text }: Document): string {
  return kind === "entry" ? text : text.slice(text.indexOf("\n") + 1);
}

function bytesOf(works: readonly Document[]): number {
  return works.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

function groupBySource(works: readonly Document[]): Map<string, Document[]> {
  const groups = new Map<string, Document[]>();
  for (const work of works) {
    const group = groups.get(work.source);
    if (group === undefined) groups.set(work.source, [work]);
    else group.push(work);
  }
  return groups;
}
