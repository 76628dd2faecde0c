import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  loadTokenizer,
  readSentencePiece,
  Tokenizer,
  type TokenizerConfigJson,
  type TokenizerJson,
} from "gradlab";

const folder = new URL("../../golden/sentencepiece/", import.meta.url);
const fileOf = (name: string): string => fileURLToPath(new URL(`${name}.model`, folder));
const bytesOf = (name: string): Uint8Array => readFileSync(fileOf(name));
const { texts, ids } = JSON.parse(readFileSync(new URL("cases.json", folder), "utf8")) as {
  texts: readonly string[];
  ids: Readonly<Record<string, readonly (readonly number[])[]>>;
};

for (const [name, expected] of Object.entries(ids)) {
  void test(`tokenizer.model gives the ids of sentencepiece: ${name}`, async () => {
    const tokenizer = await loadTokenizer(fileOf(name));
    texts.forEach((text, i) =>
      assert.deepEqual([...tokenizer.encode(text)], expected[i], JSON.stringify(text)),
    );
    assert.ok(texts.length > 150);
  });
}

void test("bytes and marks are decoded to the text again", async () => {
  for (const name of ["bpe-llama", "bpe-gemma", "unigram-bytes"]) {
    const tokenizer = await loadTokenizer(fileOf(name));
    for (const text of texts) {
      // Marks in the text itself are spaces afterwards, as in SentencePiece.
      assert.equal(tokenizer.decode(tokenizer.encode(text)), text.replaceAll("▁", " "), name);
    }
  }
});

void test("tokens around the text are those that tokenizer_config.json asks for", () => {
  const encode = (config: TokenizerConfigJson): number[] => [
    ...Tokenizer.fromJSON(readSentencePiece(bytesOf("bpe-llama"), config) as TokenizerJson).encode("the"),
  ];
  const bare = encode({});
  assert.deepEqual(encode({ tokenizer_class: "LlamaTokenizer" }), [1, ...bare]);
  assert.deepEqual(encode({ tokenizer_class: "LlamaTokenizer", add_bos_token: false }), bare);
  assert.deepEqual(encode({ tokenizer_class: "T5Tokenizer" }), [...bare, 2]);
  assert.deepEqual(encode({ add_bos_token: true, add_eos_token: true }), [1, ...bare, 2]);
});

void test("a model that is cut, or is none, is refused", () => {
  const whole = bytesOf("bpe-llama");
  const refuses = (bytes: Uint8Array, message: RegExp): void =>
    assert.throws(() => readSentencePiece(bytes), { code: "E_TOKENIZER", message });
  refuses(whole.subarray(0, 1000), /cut/);
  refuses(new Uint8Array(), /no pieces/);
  refuses(new TextEncoder().encode("version https://git-lfs.github.com/spec/v1"), /cut|no SentencePiece/);
  // One piece "a", and a trainer_spec whose model_type is WORD.
  refuses(Uint8Array.of(0x0a, 3, 0x0a, 1, 0x61, 0x12, 2, 0x18, 3), /whole words/);
  refuses(Uint8Array.of(0x0a, 5, 0x0a, 1, 0x61, 0x18, 5), /unused/);
});
