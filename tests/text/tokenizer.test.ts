import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { GradlabError, Tokenizer, type TokenizerConfigJson, type TokenizerJson } from "gradlab";
import { randomStrings } from "./random-strings.js";

const folder = new URL("../../../models/en-3m/", import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));
const english = Tokenizer.fromJSON(
  read("tokenizer.json") as TokenizerJson,
  read("tokenizer_config.json") as TokenizerConfigJson,
);

const refuses = (code: string, pattern: RegExp, action: () => unknown): void =>
  assert.throws(action, (error) => {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, pattern);
    return true;
  });

/** Merging by definition: the rule of lowest rank, leftmost, over and over. */
function mergeByDefinition(word: string, json: TokenizerJson): string[] {
  const ranks = new Map(json.model.merges.map((merge, rank) => [String(merge), rank]));
  const parts = Array.from(word);
  for (;;) {
    let best = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
      if (rank < (best < 0 ? Infinity : (ranks.get(`${parts[best]} ${parts[best + 1]}`) ?? Infinity)))
        best = i;
    }
    if (best < 0) return parts;
    parts.splice(best, 2, parts[best] + parts[best + 1]);
  }
}

void describe("encode and decode", () => {
  void test("every string round-trips; lone surrogates become U+FFFD", () => {
    for (const text of randomStrings(3000, 7)) {
      const expected = text.replace(/\p{Surrogate}/gu, "\ufffd");
      assert.equal(english.decode(english.encode(text)), expected, JSON.stringify(text));
      const plain = english.encode(text, { parseSpecialTokens: false });
      assert.equal(english.decode(plain), expected, JSON.stringify(text));
      assert.ok(!plain.some((id) => english.isSpecial(id)));
    }
  });

  void test("every single code point of the basic plane round-trips", () => {
    for (let start = 0; start < 0x10000; start += 0x100) {
      const codes = Array.from({ length: 0x100 }, (_, i) => start + i).filter(
        (c) => c < 0xd800 || c > 0xdfff,
      );
      const text = String.fromCodePoint(...codes);
      assert.equal(english.decode(english.encode(text)), text);
    }
  });

  void test("long words are merged as by definition", () => {
    const words = [
      "internationalization",
      "ab".repeat(60),
      "a".repeat(101),
      "thethethe".repeat(30),
      "xyzzy".repeat(11),
    ];
    for (const word of words) {
      const tokens = Array.from(english.encode(word), (id) => english.tokenOf(id));
      assert.deepEqual(tokens, mergeByDefinition(word, english.toJSON()));
    }
  });

  void test("a million characters without a break do not hang", () => {
    for (const text of ["a".repeat(1_000_000), " ".repeat(1_000_000) + "x", "\n".repeat(500_000)])
      assert.equal(english.decode(english.encode(text)), text);
  });

  void test("special tokens are read, or kept as plain text", () => {
    const text = "<|im_start|>user";
    assert.equal(english.encode(text)[0], english.idOf("<|im_start|>"));
    assert.ok(
      !english.encode(text, { parseSpecialTokens: false }).includes(english.idOf("<|im_start|>") ?? -1),
    );
    assert.equal(english.decode(english.encode(`${text}<|im_end|>`), { skipSpecialTokens: true }), "user");
  });

  void test("digits are single tokens and indentation is one", () => {
    assert.equal(english.encode("2026").length, 4);
    assert.deepEqual(
      Array.from(english.encode("        return"), (id) => english.tokenOf(id)),
      ["ĠĠĠĠĠĠĠ", "Ġreturn"],
    );
  });

  void test("a stream gives the same text and never a broken character", () => {
    for (const text of randomStrings(300, 9)) {
      const ids = english.encode(text);
      const stream = english.stream();
      const pieces = Array.from(ids, (id) => stream.push(id));
      const expected = english.decode(ids);
      assert.equal(pieces.join("") + stream.flush(), expected);
      const damaged = pieces.some((piece) => piece.includes("\ufffd")) && !expected.includes("\ufffd");
      assert.ok(!damaged, JSON.stringify(text));
    }
    const stream = english.stream();
    assert.equal(stream.push(english.encode("😀")[0]), "");
    assert.equal(stream.flush(), "\ufffd");
  });

  void test("bad input is refused", () => {
    refuses("E_INDEX", /4096/, () => english.decode([1, 4096]));
    refuses("E_INDEX", /-1/, () => english.decode([-1]));
    refuses("E_INDEX", /1\.5/, () => english.tokenOf(1.5));
    refuses("E_DATA_FORMAT", /got null/, () => english.encode(null as unknown as string));
  });
});

void describe("the shipped vocabulary", () => {
  void test("has 32 special tokens first, then the bytes", () => {
    assert.equal(english.vocabSize, 4096);
    assert.equal(english.eosId, 0);
    assert.equal(english.padId, 1);
    assert.equal(english.bosId, undefined);
    for (let id = 0; id < 4096; id++) assert.equal(english.isSpecial(id), id < 32);
    for (let byte = 0; byte < 256; byte++) assert.deepEqual([...english.decodeBytes([32 + byte])], [byte]);
    for (const [token, id] of english.vocab) assert.equal(english.tokenOf(id), token);
  });

  void test("packs English prose into fewer than one token per 3 bytes", () => {
    const text =
      "The people of this country have always believed that the work of government is to be done in the open.";
    assert.ok(text.length / english.encode(text).length > 3);
  });
});

void describe("training", () => {
  void test("joins the most frequent pair first; ties go to the lower ids", () => {
    const tokenizer = Tokenizer.train(["aaab aaab abab"], { vocabSize: 256 + 3, specialTokens: [] });
    // Pairs by word: aa 2·2, ab 2+2 (two each of the last word), so aa and ab tie at 4: "aa" is lower.
    assert.deepEqual(tokenizer.toJSON().model.merges.slice(0, 1), ["a a"]);
  });

  void test("counts agree with recounting from scratch after every merge", () => {
    const texts = [...randomStrings(60, 21)];
    const { merges } = Tokenizer.train(texts, { vocabSize: 256 + 60, specialTokens: [] }).toJSON().model;
    const bare = Tokenizer.train(texts, { vocabSize: 256, specialTokens: [] });
    const split = (text: string): string[] =>
      text.match(
        /'[sS\u017f]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu,
      ) ?? [];
    let words = texts.flatMap(split).map((word) => Array.from(bare.encode(word), (id) => bare.tokenOf(id)));
    for (const merge of merges) {
      const counts = new Map<string, number>();
      for (const word of words)
        for (let i = 0; i + 1 < word.length; i++)
          counts.set(`${word[i]} ${word[i + 1]}`, (counts.get(`${word[i]} ${word[i + 1]}`) ?? 0) + 1);
      assert.equal(counts.get(String(merge)), Math.max(...counts.values()), String(merge));
      const [left, right] = String(merge).split(" ");
      words = words.map((word) => {
        const out: string[] = [];
        for (const token of word)
          if (token === right && out[out.length - 1] === left) out[out.length - 1] = `${left}\u0000${right}`;
          else out.push(token);
        return out.map((token) => token.replace("\u0000", ""));
      });
    }
  });

  void test("stops when no pair is frequent enough, and is the same every time", () => {
    const tokenizer = Tokenizer.train(["xyz"], { vocabSize: 1000 });
    assert.equal(tokenizer.vocabSize, 258);
    const texts = [...randomStrings(200, 5)];
    const train = (): string => JSON.stringify(Tokenizer.train(texts, { vocabSize: 500 }).toJSON());
    assert.equal(train(), train());
  });

  void test("round-trips through JSON", () => {
    const tokenizer = Tokenizer.train(randomStrings(200, 6), { vocabSize: 600 });
    const again = Tokenizer.fromJSON(
      JSON.parse(JSON.stringify(tokenizer)) as TokenizerJson,
      tokenizer.toConfig(),
    );
    assert.equal(again.padId, 1);
    for (const text of randomStrings(200, 8)) assert.deepEqual(again.encode(text), tokenizer.encode(text));
  });

  void test("bad options are refused", () => {
    refuses("E_CONFIG", /at least 258/, () => Tokenizer.train(["x"], { vocabSize: 100 }));
    refuses("E_CONFIG", /distinct/, () => Tokenizer.train(["x"], { specialTokens: ["<s>", "<s>"] }));
    refuses("E_DATA_EMPTY", /no text/, () => Tokenizer.train([]));
    refuses("E_DATA_FORMAT", /got number/, () => Tokenizer.train([1] as unknown as string[]));
    refuses("E_TOKENIZER", /pattern/, () => Tokenizer.train(["x"], { pattern: "(" }));
  });
});

void describe("files that cannot be followed exactly are refused", () => {
  const json = english.toJSON();
  const changed = (change: object): (() => unknown) => {
    const next = { ...json, ...change } as TokenizerJson;
    return () => Tokenizer.fromJSON(next);
  };
  const model = (change: object): (() => unknown) => changed({ model: { ...json.model, ...change } });

  void test("with the part named", () => {
    refuses("E_TOKENIZER", /Unigram/, model({ type: "Unigram" }));
    refuses("E_TOKENIZER", /continuing_subword_prefix/, model({ continuing_subword_prefix: "##" }));
    refuses("E_TOKENIZER", /missing/, model({ merges: undefined }));
    refuses("E_TOKENIZER", /Merge 0/, model({ merges: ["q zz"] }));
    refuses("E_TOKENIZER", /both/, model({ vocab: { ...json.model.vocab, other: 500 } }));
    refuses("E_TOKENIZER", /"other"/, model({ vocab: { ...json.model.vocab, other: -1 } }));
    refuses("E_TOKENIZER", /Metaspace/, changed({ pre_tokenizer: { type: "Metaspace" } }));
    refuses("E_TOKENIZER", /Replace/, changed({ normalizer: { type: "Replace" } }));
    refuses("E_TOKENIZER", /BertProcessing/, changed({ post_processor: { type: "BertProcessing" } }));
    refuses("E_TOKENIZER", /OtherProcessing/, changed({ post_processor: { type: "OtherProcessing" } }));
    refuses("E_TOKENIZER", /missing/, () => Tokenizer.fromJSON({} as TokenizerJson));
    refuses("E_TOKENIZER", /missing/, () => Tokenizer.fromJSON(null as unknown as TokenizerJson));
    refuses("E_TOKENIZER", /<nope>/, () => Tokenizer.fromJSON(json, { eos_token: "<nope>" }));
  });
});
