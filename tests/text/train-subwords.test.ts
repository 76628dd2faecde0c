import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Tokenizer, trainSentencePiece, trainWordPiece } from "gradlab";
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

void test("what is trained is read alike by the native peer", { skip }, async () => {
  const texts = [...heldOut.slice(0, 400), ...randomStrings(800, 8)];
  // Marks of Unicode versions that the peer's table of BERT does not know.
  const plain = texts.filter((text) => !/[^\0-\u036f\u4e00-\u9fff]/u.test(text));
  for (const [ours, some] of [
    [sentencePiece, texts],
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
    assert.equal(sentencePiece.decode(sentencePiece.encode(text)), expected, JSON.stringify(text));
  }
  const { ids } = sentencePiece.encodeWithOffsets("xdef fy<|im_start|>");
  const symbols = ["def f", "<|im_start|>"].map((symbol) => sentencePiece.idOf(symbol) ?? -1);
  assert.ok(symbols.every((id) => id >= 4 && ids.filter((other) => other === id).length === 1));
  const again = (): unknown[] => [
    trainSentencePiece(training.slice(0, 300), { vocabSize: 600 }),
    trainWordPiece(training.slice(0, 300), { vocabSize: 300, lowercase: false }),
  ];
  assert.equal(JSON.stringify(again()), JSON.stringify(again()));
  assert.deepEqual([sentencePiece.vocabSize, wordPiece.vocabSize], [1500, 1200]);
});

void test("held-out text is packed about as tightly as by byte-level BPE with as many merges", () => {
  const bytes = Buffer.byteLength(heldOut.join("\n"));
  const perToken = (encode: (text: string) => Int32Array): number =>
    bytes / heldOut.reduce((sum, line) => sum + encode(line).length, 0);
  const plain = { addSpecialTokens: false, parseSpecialTokens: false };
  const byteLevel = Tokenizer.train(training, { vocabSize: 1500 });
  const pieces = trainSentencePiece(training, { vocabSize: 1500 });
  const [bpe, characters] = [byteLevel, pieces].map((each) => perToken((text) => each.encode(text, plain)));
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

void test("bad options are refused", () => {
  const refused: readonly [() => unknown, string, RegExp][] = [
    [() => trainSentencePiece(["a"], { vocabSize: 200 }), "E_CONFIG", /no room/],
    [() => trainSentencePiece(["a"], { specialTokens: ["<s>"] }), "E_CONFIG", /must hold "<unk>"/],
    [() => trainSentencePiece(["a"], { userSymbols: ["<s>"] }), "E_CONFIG", /distinct/],
    [() => trainSentencePiece([]), "E_DATA_EMPTY", /no text/],
    [() => trainWordPiece(["a"], { vocabSize: 6 }), "E_CONFIG", /no room/],
    [() => trainWordPiece([3 as unknown as string]), "E_DATA_FORMAT", /got number/],
  ];
  for (const [run, code, message] of refused) assert.throws(run, { code, message });
});
