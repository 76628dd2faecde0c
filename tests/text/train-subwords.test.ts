import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  Tokenizer,
  trainSentencePiece,
  trainUnigram,
  trainWordPiece,
  UnigramTokenizer,
  type UnigramJson,
} from "gradlab";
import { nativePeer } from "./peers.js";
import { randomStrings } from "./random-strings.js";

const docs = new URL("../../../docs/", import.meta.url);
const lines = readdirSync(docs)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) => readFileSync(new URL(name, docs), "utf8").split("\n"));
const [training, heldOut] = [0, 1].map((odd) => lines.filter((_, i) => i % 2 === odd));
const native = await nativePeer();
const skip = native === undefined && "@anush008/tokenizers has no build for this platform";

const sentencePiece = trainSentencePiece([...training, ...randomStrings(100, 3)], {
  vocabSize: 1500,
  userSymbols: ["<|im_start|>", "def f"],
});
const wordPiece = trainWordPiece(training, { vocabSize: 1200 });
const unigram = trainUnigram([...training, ...randomStrings(100, 3)], {
  vocabSize: 1500,
  userSymbols: ["<|im_start|>", "def f"],
});

void test("what is trained is read alike by the native peer", { skip }, async () => {
  const texts = [...heldOut.slice(0, 400), ...randomStrings(800, 8)];
  // Marks of Unicode versions that the peer's table of BERT does not know.
  const plain = texts.filter((text) => !/[^\0-\u036f\u4e00-\u9fff]/u.test(text));
  for (const [ours, some] of [
    [sentencePiece, texts],
    [unigram, texts],
    [wordPiece, plain],
  ] as const) {
    const theirs = await native!.Tokenizer.fromString(JSON.stringify(ours)).encodeBatch([...some]);
    some.forEach((text, i) =>
      assert.deepEqual([...ours.encode(text)], theirs[i].getIds(), JSON.stringify(text)),
    );
    assert.ok(some.length > 500, String(some.length));
  }
});

void test("each merge joins the most frequent pair, counted from scratch", () => {
  const texts = training.slice(0, 150);
  const json = trainSentencePiece(texts, {
    vocabSize: 400,
    byteFallback: false,
    characterCoverage: 1,
  }).toJSON();
  assert.ok(json.model.merges.length > 100);
  let words = texts.flatMap((text) =>
    (text.replaceAll(" ", "▁").match(/▁+[^▁]*|[^▁]+/gu) ?? []).map((word) => Array.from(word)),
  );
  for (const merge of json.model.merges) {
    const [left, right] = merge as readonly [string, string];
    const counts = new Map<string, number>();
    for (const word of words)
      for (let i = 0; i + 1 < word.length; i++) {
        const pair = `${word[i]} ${word[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    assert.equal(counts.get(`${left} ${right}`), Math.max(...counts.values()), `${left} ${right}`);
    words = words.map((word) => {
      const out: string[] = [];
      for (let i = 0; i < word.length; i++) {
        if (word[i] === left && word[i + 1] === right) out.push(left + word[++i]);
        else out.push(word[i]);
      }
      return out;
    });
  }
});

void test("any text comes back; symbols are single tokens; the same texts give the same tokenizer", () => {
  for (const text of randomStrings(500, 5)) {
    const expected = text.replace(/\p{Surrogate}/gu, "\ufffd").replaceAll("▁", " ");
    for (const learned of [sentencePiece, unigram])
      assert.equal(learned.decode(learned.encode(text)), expected, JSON.stringify(text));
  }
  for (const learned of [sentencePiece, unigram]) {
    const { ids } = learned.encodeWithOffsets("xdef fy<|im_start|>");
    const symbols = ["def f", "<|im_start|>"].map((symbol) => learned.idOf(symbol) ?? -1);
    assert.ok(symbols.every((id) => id >= 4 && ids.filter((other) => other === id).length === 1));
  }
  const again = (): unknown[] => [
    trainSentencePiece(training.slice(0, 300), { vocabSize: 600 }),
    trainWordPiece(training.slice(0, 300), { vocabSize: 300, lowercase: false }),
    trainUnigram(training.slice(0, 300), { vocabSize: 600 }),
  ];
  assert.equal(JSON.stringify(again()), JSON.stringify(again()));
  assert.deepEqual(
    [sentencePiece, wordPiece, unigram].map(({ vocabSize }) => vocabSize),
    [1500, 1200, 1500],
  );
});

void test("held-out text is packed about as tightly as by byte-level BPE with as many merges", () => {
  const bytes = Buffer.byteLength(heldOut.join("\n"));
  const perToken = (encode: (text: string) => Int32Array): number =>
    bytes / heldOut.reduce((sum, line) => sum + encode(line).length, 0);
  const plain = { addSpecialTokens: false, parseSpecialTokens: false };
  const byteLevel = Tokenizer.train(training, { vocabSize: 1500 });
  const pieces = trainSentencePiece(training, { vocabSize: 1500 });
  const [bpe, characters] = [byteLevel, pieces].map((each) => perToken((text) => each.encode(text, plain)));
  const likely = perToken((text) => unigram.encode(text, plain));
  assert.ok(likely > bpe * 0.8, `${likely} bytes a token, byte-level ${bpe}`);
  assert.ok(characters > bpe * 0.9, `${characters} bytes a token, byte-level ${bpe}`);
  const unknown = wordPiece.idOf("[UNK]");
  const ids = heldOut.flatMap((line) => [...wordPiece.encode(line, plain)]);
  assert.ok(ids.filter((id) => id === unknown).length < ids.length / 200);
  assert.ok(perToken((text) => wordPiece.encode(text, plain)) > bpe * 0.9);
});

void test("characters outside the coverage are bytes, or unknown", () => {
  const texts = ["a".repeat(5000), "b"];
  const spelled = trainSentencePiece(texts, { vocabSize: 270 });
  assert.equal(spelled.idOf("b"), undefined);
  assert.deepEqual(spelled.encodeWithOffsets("b").tokens.slice(-1), ["<0x62>"]);
  const bare = trainSentencePiece(texts, { vocabSize: 20, byteFallback: false });
  assert.deepEqual(bare.encodeWithOffsets("bc").tokens.slice(-1), ["<unk>"]);
});

/** ln of the likelihood of the best segmentations. */
function likelihood(tokenizer: UnigramTokenizer, texts: readonly string[]): number {
  const { vocab } = tokenizer.toJSON().model;
  return texts.reduce((sum, text) => tokenizer.encode(text).reduce((all, id) => all + vocab[id][1], sum), 0);
}

void test("Unigram learns the pieces and scores that the native trainer learns", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "unigram-"));
  try {
    const [text, saved] = [join(folder, "a.txt"), join(folder, "b.json")];
    writeFileSync(text, training.join("\n"));
    const plain = trainUnigram(["ab"], {
      vocabSize: 10,
      byteFallback: false,
      specialTokens: ["<unk>"],
    }).toJSON();
    const split = { Regex: "▁+[^▁]*|[^▁]+" };
    const peer = native!.Tokenizer.fromString(
      JSON.stringify({
        ...plain,
        added_tokens: [],
        pre_tokenizer: { type: "Split", pattern: split, behavior: "Isolated", invert: false },
        model: { type: "Unigram", unk_id: null, vocab: [], byte_fallback: false },
      }),
    );
    peer.train([text]);
    peer.save(saved);
    const { model } = JSON.parse(readFileSync(saved, "utf8")) as UnigramJson;
    const vocab = [["<unk>", -30] as const, ...model.vocab];
    const theirs = UnigramTokenizer.fromJSON({ ...plain, model: { ...plain.model, vocab } });
    // The peer keeps the ends of lines.
    const ours = trainUnigram(
      training.map((line) => `${line}\n`),
      {
        vocabSize: vocab.length,
        specialTokens: ["<unk>"],
        byteFallback: false,
        characterCoverage: 1,
      },
    );
    const learned = new Map(ours.toJSON().model.vocab);
    const shared = model.vocab.filter(([piece]) => learned.has(piece));
    assert.ok(model.vocab.length > 3000 && shared.length > model.vocab.length * 0.98, String(shared.length));
    const apart = shared.filter(([piece, score]) => Math.abs(score - (learned.get(piece) ?? 0)) > 0.01);
    assert.ok(apart.length < shared.length * 0.02, `${apart.length} scores differ`);
    const texts = heldOut
      .filter((line) => ours.encode(line).every((id) => id > 0))
      .map((line) => `${line}\n`);
    assert.ok(texts.length > heldOut.length * 0.9);
    const [mine, other] = [ours, theirs].map((each) => likelihood(each, texts));
    assert.ok(Math.abs(mine / other - 1) < 0.002, `${mine}, the peer ${other}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

void test("Unigram's scores are those of expectation and maximization, counted over all segmentations", () => {
  const words = ["abab", "aba", "ba", "abcab"];
  const { vocab } = trainUnigram(words, {
    vocabSize: 60,
    specialTokens: ["<unk>"],
    byteFallback: false,
    subIterations: 1,
  }).toJSON().model;
  // Seeds: characters by count, "ab", "aba", "ba" by count times length (they go on in more than one way).
  const seeds = new Map([
    ["a", 7],
    ["b", 6],
    ["c", 1],
    ["ab", 10],
    ["ba", 6],
    ["aba", 6],
  ]);
  const total = [...seeds.values()].reduce((sum, weight) => sum + weight, 0);
  const expected = new Map<string, number>();
  for (const word of words) {
    const ways = segmentations(word, seeds);
    const weights = ways.map((way) => way.reduce((p, piece) => (p * (seeds.get(piece) ?? 0)) / total, 1));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    ways.forEach((way, i) => {
      for (const piece of way) expected.set(piece, (expected.get(piece) ?? 0) + weights[i] / sum);
    });
  }
  const kept = [...expected].filter(([, count]) => count >= 0.5);
  const all = digamma(kept.reduce((sum, [, count]) => sum + count, 0));
  const scores = new Map(kept.map(([piece, count]) => [piece, digamma(count) - all]));
  assert.deepEqual(
    vocab
      .slice(1)
      .map(([piece]) => piece)
      .sort(),
    [...scores.keys()].sort(),
  );
  for (const [piece, score] of vocab.slice(1))
    assert.ok(Math.abs(score - (scores.get(piece) ?? 0)) < 1e-8, piece);
});

function segmentations(word: string, pieces: ReadonlyMap<string, number>): string[][] {
  if (word === "") return [[]];
  return [...pieces.keys()]
    .filter((piece) => word.startsWith(piece))
    .flatMap((piece) => segmentations(word.slice(piece.length), pieces).map((rest) => [piece, ...rest]));
}

/** ψ by its recurrence from far out, where it is ln x − 1/2x − 1/12x². */
function digamma(x: number): number {
  let [sum, at] = [0, x];
  for (; at < 10_000; at++) sum -= 1 / at;
  return sum + Math.log(at) - 1 / (2 * at) - 1 / (12 * at * at);
}

void test("bad options are refused", () => {
  const refused: readonly [() => unknown, string, RegExp][] = [
    [() => trainSentencePiece(["a"], { vocabSize: 200 }), "E_CONFIG", /no room/],
    [() => trainSentencePiece(["a"], { specialTokens: ["<s>"] }), "E_CONFIG", /must hold "<unk>"/],
    [() => trainSentencePiece(["a"], { userSymbols: ["<s>"] }), "E_CONFIG", /distinct/],
    [() => trainSentencePiece([]), "E_DATA_EMPTY", /no text/],
    [() => trainUnigram([]), "E_DATA_EMPTY", /no text/],
    [() => trainUnigram(["a"], { vocabSize: 200 }), "E_CONFIG", /no room/],
    [() => trainUnigram(["a"], { shrinkingFactor: 1 }), "E_CONFIG", /shrinkingFactor 1 makes no sense/],
    [() => trainUnigram(["a"], { maxPieceLength: 0 }), "E_CONFIG", /maxPieceLength 0/],
    [() => trainWordPiece(["a"], { vocabSize: 6 }), "E_CONFIG", /no room/],
    [() => trainWordPiece([3 as unknown as string]), "E_DATA_FORMAT", /got number/],
  ];
  for (const [run, code, message] of refused) assert.throws(run, { code, message });
});
