import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Tokenizer, type TokenizerJson } from "gradlab";

interface Golden {
  readonly tokenizer: TokenizerJson;
  readonly cases: readonly { readonly text: string; readonly ids: number[] }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../golden/clip-bpe.json", import.meta.url), "utf8"),
) as Golden;

test("BPE with a mark behind each word gives the ids of CLIP's published code", () => {
  const tokenizer = Tokenizer.fromJSON(golden.tokenizer);
  for (const { text, ids } of golden.cases)
    assert.deepEqual([...tokenizer.encode(text)], ids, JSON.stringify(text));
  assert.ok(
    golden.cases.some(({ text, ids }) => text.length > 10 && ids.length < 8),
    "words are merged",
  );
});

test("decoded, a word's end is a space", () => {
  const tokenizer = Tokenizer.fromJSON(golden.tokenizer);
  const back = (text: string): string =>
    tokenizer.decode(tokenizer.encode(text), { skipSpecialTokens: true });
  assert.equal(back("A photo of  cats"), "a photo of cats");
  assert.equal(back("café zebra"), "café zebra");
});
