import assert from "node:assert/strict";
import { test } from "node:test";
import { trainCharacters } from "gradlab";
import { nativePeer } from "./peers.js";
import { randomStrings } from "./random-strings.js";

void test("characters come by their count, then by code point, behind the special tokens", () => {
  const tokenizer = trainCharacters(["abbccc", "d d"]);
  // c 3; b, d 2; a, ▁ 1
  assert.deepEqual([...tokenizer.vocab.keys()].slice(3), ["c", "b", "d", "a", "▁"]);
  assert.deepEqual([...tokenizer.encode("cab z😀<|pad|>")], [3, 6, 4, 7, 0, 0, 2]);
  assert.equal(tokenizer.decode(tokenizer.encode("bad cab")), "bad cab");
  const few = trainCharacters(["abbccc"], { vocabSize: 3, specialTokens: ["?"], unknown: "?" });
  assert.deepEqual([...few.encode("abc")], [0, 2, 1]);
});

void test("every text it was trained on comes back, and the peer gives its ids", async (t) => {
  const texts = [...randomStrings(300, 5)];
  const tokenizer = trainCharacters(texts);
  const native = await nativePeer();
  if (native === undefined) t.diagnostic("@anush008/tokenizers has no build for this platform");
  const theirs = await native?.Tokenizer.fromString(JSON.stringify(tokenizer.toJSON())).encodeBatch(texts);
  texts.forEach((text, i) => {
    const ids = tokenizer.encode(text);
    if (theirs) assert.deepEqual([...ids], Array.from(theirs[i].getIds()), JSON.stringify(text));
    assert.equal(tokenizer.decode(ids), text.replace(/\p{Surrogate}/gu, "\ufffd").replaceAll("▁", " "));
  });
});

void test("bad options are refused", () => {
  assert.throws(() => trainCharacters([]), { code: "E_DATA_EMPTY" });
  assert.throws(() => trainCharacters(["a"], { vocabSize: 3 }), { code: "E_CONFIG", message: /no room/ });
  assert.throws(() => trainCharacters(["a"], { specialTokens: [] }), { code: "E_CONFIG", message: /<unk>/ });
});
