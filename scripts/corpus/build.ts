/**
 * Builds the pre-training corpus: `npm run build && node scripts/dist/corpus/build.js`.
 *
 * Archives → documents → held-out sets and deduplicated training set → tokenizer (if there is none) → packed
 * tokens and a data card in `.cache/corpus`. The same pins give the same bytes.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CHATML,
  encodeChat,
  renderChat,
  Tokenizer,
  type TokenizerConfigJson,
  type TokenizerJson,
} from "gradlab/internal/text";
import { makeConversations, type Conversation } from "./anneal.js";
import { assembleCorpus, type Corpus } from "./assemble.js";
import { describeSources } from "./card.js";
import { measureContamination } from "./contamination.js";
import type { Document } from "./document.js";
import { shuffleByHash } from "./hash.js";
import { packDocuments, SafeWriter, type PackedFile } from "./pack.js";
import { opinionDocuments } from "./sources/opinions.js";
import { syntheticConversations } from "./synthetic.js";
import { trainTokenizer } from "./train-tokenizer.js";

const CACHE = ".cache";
const OUTPUT = join(CACHE, "corpus");
const TOKENIZER_FOLDER = join("models", "en-3m");
const ANNEAL = { questions: 60_000, sums: 6_000, entries: 30_000, seed: 3 };
const OPINIONS = 60_000;

const startedAt = performance.now();

function log(message: string): void {
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${message}`);
}

function loadOrTrainTokenizer(train: readonly Document[]): Tokenizer {
  const path = join(TOKENIZER_FOLDER, "tokenizer.json");
  if (!existsSync(path)) {
    log("training the tokenizer");
    const tokenizer = trainTokenizer(train, TOKENIZER_FOLDER);
    log("tokenizer trained");
    return tokenizer;
  }
  const read = (name: string): unknown => JSON.parse(readFileSync(join(TOKENIZER_FOLDER, name), "utf8"));
  return Tokenizer.fromJSON(
    read("tokenizer.json") as TokenizerJson,
    read("tokenizer_config.json") as TokenizerConfigJson,
  );
}

function writeText(name: string, documents: readonly { readonly text: string }[]): void {
  const writer = new SafeWriter(join(OUTPUT, name));
  for (const { text } of documents) writer.write(`${text}\n<|endoftext|>\n`);
  writer.finish();
}

function packText(tokenizer: Tokenizer, name: string, documents: readonly Document[]): PackedFile {
  writeText(`${name}.txt`, documents);
  const encode = ({ text }: Document): { ids: Int32Array; textBytes: number } => ({
    ids: tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens: false }),
    textBytes: Buffer.byteLength(text),
  });
  const packed = packDocuments(join(OUTPUT, `${name}.u16`), documents, encode, endOfText(tokenizer));
  log(
    `${name}: ${packed.documents} documents, ${packed.tokens} tokens, ${packed.bytesPerToken} bytes a token`,
  );
  return packed;
}

function packAnneal(tokenizer: Tokenizer, corpus: Corpus): PackedFile {
  const open = new Set(corpus.train.filter(({ source }) => source === "wordnet").map(({ id }) => id));
  const byId = new Map(corpus.synsets.map((synset) => [synset.id, synset]));
  const asked = makeConversations(
    corpus.synsets.filter(({ id }) => open.has(id)),
    byId,
    ANNEAL,
  );
  const conversations = [...asked, ...syntheticConversations()].map((messages) => ({
    messages,
    text: renderChat(messages),
  }));
  const entries = shuffleByHash(
    corpus.train.filter(({ source }) => source === "wordnet"),
    ({ id }) => id,
    ANNEAL.seed,
  ).slice(0, ANNEAL.entries);
  const mixed: { text: string; messages?: Conversation }[] = shuffleByHash(
    [...conversations, ...entries],
    ({ text }) => text,
    ANNEAL.seed,
  );
  writeText("anneal.txt", mixed);
  const encode = ({ text, messages }: { text: string; messages?: Conversation }) => ({
    ids: messages
      ? encodeChat(messages, tokenizer, { template: CHATML }).ids
      : tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens: false }),
    textBytes: Buffer.byteLength(text),
  });
  const packed = packDocuments(join(OUTPUT, "anneal.u16"), mixed, encode, endOfText(tokenizer));
  log(`anneal: ${packed.documents} documents, ${packed.tokens} tokens`);
  return packed;
}

function endOfText(tokenizer: Tokenizer): number {
  if (tokenizer.eosId === undefined) throw new Error("The tokenizer has no end-of-text token.");
  return tokenizer.eosId;
}

function build(): void {
  mkdirSync(OUTPUT, { recursive: true });
  const corpus = assembleCorpus(CACHE);
  log(`${corpus.train.length} training documents`);
  const tokenizer = loadOrTrainTokenizer(corpus.train);
  const opinions = opinionDocuments(CACHE, corpus.synsets, OPINIONS);
  const files = [
    packText(tokenizer, "train", corpus.train),
    packText(tokenizer, "heldout", corpus.heldOut.get("general") ?? []),
    ...[...corpus.heldOut]
      .filter(([name]) => name !== "general")
      .map(([name, documents]) => packText(tokenizer, `heldout-${name}`, documents)),
    packAnneal(tokenizer, corpus),
    packText(tokenizer, "opinions", opinions),
  ];
  const card = {
    name: "English and code pre-training corpus",
    madeBy: "node scripts/dist/corpus/build.js",
    format:
      "little-endian uint16 token ids of models/en-3m/tokenizer.json, <|endoftext|> after each document",
    files,
    sources: describeSources([...corpus.train, ...opinions], tokenizer),
    deduplication: corpus.dedup,
    heldOutDropped: corpus.heldOutDropped,
    contamination: {
      eightGrams: measureContamination(corpus.heldOut, corpus.train, 8),
      thirteenGrams: measureContamination(corpus.heldOut, corpus.train, 13),
    },
  };
  log("contamination measured");
  // The card travels with the model; beside the corpus it says which build lies there.
  for (const path of [join(OUTPUT, "card.json"), join(TOKENIZER_FOLDER, "corpus.json")]) {
    const writer = new SafeWriter(path);
    writer.write(`${JSON.stringify(card, null, 2)}\n`);
    writer.finish();
  }
}

build();
