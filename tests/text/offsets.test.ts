import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  Tokenizer,
  UnigramTokenizer,
  WordPieceTokenizer,
  type Encoding,
  type EncodingOptions,
  type TextOrPair,
  type TextTokenizer,
  type TokenizerJson,
  type UnigramJson,
  type WordPieceJson,
} from "gradlab";
import { bertJson, specialToken } from "./bert-json.js";
import { inUnits, nativePeer, type NativeEncoding } from "./peers.js";
import { randomStrings } from "./random-strings.js";

type AnyJson = TokenizerJson | UnigramJson | WordPieceJson;

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8"));
const english = read("models/en-3m/tokenizer.json") as TokenizerJson;
const unigram = read("tests/golden/unigram.json") as {
  readonly vocab: UnigramJson["model"]["vocab"];
  readonly precompiled_charsmap: string;
};
const { vocab } = read("tests/golden/wordpiece.json") as { readonly vocab: Readonly<Record<string, number>> };

const byteLevel = (trim_offsets: boolean, add_prefix_space: boolean) => ({
  type: "ByteLevel" as const,
  trim_offsets,
  add_prefix_space,
  use_regex: true,
});
const metaspace = (prepend_scheme: "always" | "first" | "never") => ({
  type: "Metaspace" as const,
  replacement: "▁",
  prepend_scheme,
  split: true,
});
const bert = (lowercase: boolean): WordPieceJson => bertJson(vocab, lowercase);
const t5 = (more: object = {}): UnigramJson => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: ["<pad>", "</s>", "<unk>"].map(specialToken),
  normalizer: { type: "Precompiled", precompiled_charsmap: unigram.precompiled_charsmap },
  pre_tokenizer: metaspace("always"),
  post_processor: null,
  decoder: null,
  model: { type: "Unigram", unk_id: 2, vocab: unigram.vocab, byte_fallback: false },
  ...more,
});
const bytes = Array.from(
  { length: 256 },
  (_, byte) => [`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`, -5] as const,
);
const spaces = { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, metaspace("first")] };
const split = (pattern: string, behavior: "Removed" | "MergedWithNext") => ({
  type: "Split" as const,
  pattern: { Regex: pattern },
  behavior,
  invert: false,
});
const replace = (pattern: object, content: string) => ({ type: "Replace", pattern, content });

/** Characters whose category changed since the Unicode version of the peer's BERT normalizer (8 or older). */
const NEWER = new RegExp(
  `[${"061d 07fd 0890 0891 0897-089f 08ca-08e2 09fd 09fe 0a76 0afa-0aff 0b55 0c04 0c3c 0c77 0c84 0d00 0d3b 0d3c 0d81 0eba 0ece 166d 1734 180f 1885 1886 1abf-1aeb 1b4e 1b4f 1b7d-1b7f 1df6-1dfb 2e43-2e5d a82c a8c5 a8ff a9bd".replace(/\w{4}/g, "\\u$&").replaceAll(" ", "")}]`,
  "u",
);

interface Case {
  readonly json: AnyJson;
  readonly strings?: number;
  /** What the peer does otherwise; the test says why. */
  readonly but?: RegExp;
}

const forms = ["NFC", "NFD", "NFKC", "NFKD", "Lowercase"] as const;
const CASES: Readonly<Record<string, Case>> = {
  "byte-level BPE": { json: english, strings: 3000 },
  ...Object.fromEntries(forms.map((type) => [type, { json: { ...english, normalizer: { type } } }])),
  "stripped and replaced": {
    json: {
      ...english,
      normalizer: {
        type: "Sequence",
        normalizers: [
          { type: "Strip" as const, strip_left: true, strip_right: true },
          replace({ Regex: " {2,}" }, " "),
          replace({ String: "e" }, "[$&]"),
        ],
      } as TokenizerJson["normalizer"],
    },
  },
  "digits, merged with next, removed": {
    json: {
      ...english,
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Digits", individual_digits: true },
          split("\\s", "MergedWithNext"),
          split("x+", "Removed"),
          byteLevel(false, false),
        ],
      },
    },
  },
  "trimmed, with a space before": {
    json: { ...english, pre_tokenizer: byteLevel(true, true), post_processor: byteLevel(true, true) },
  },
  RoBERTa: {
    json: {
      ...english,
      pre_tokenizer: byteLevel(true, true),
      post_processor: {
        type: "RobertaProcessing",
        sep: ["<|pad|>", 1],
        cls: ["<|endoftext|>", 0],
        trim_offsets: true,
        add_prefix_space: true,
      } as TokenizerJson["post_processor"],
    },
  },
  "BERT, lower case": { json: bert(true), strings: 10_000, but: NEWER },
  "BERT, cased": { json: bert(false), but: NEWER },
  // The peer counts wrong behind a first character that the table takes away.
  "Unigram with a table": { json: t5(), strings: 10_000, but: /^\u200b/ },
  "Unigram with bytes": {
    json: t5({ model: { ...t5().model, vocab: [...unigram.vocab, ...bytes], byte_fallback: true } }),
    but: /^\u200b/,
  },
  "Unigram, marks at the beginning": { json: t5({ normalizer: null, pre_tokenizer: spaces }) },
};

const native = await nativePeer();
const skip = native === undefined && "@anush008/tokenizers has no build for this platform";

const tokenizerOf = (json: AnyJson): TextTokenizer => {
  if (json.model.type === "Unigram") return UnigramTokenizer.fromJSON(json as UnigramJson);
  if (json.model.type === "WordPiece") return WordPieceTokenizer.fromJSON(json as WordPieceJson);
  return Tokenizer.fromJSON(json as TokenizerJson);
};

const peerOf = (json: unknown) => native!.Tokenizer.fromString(JSON.stringify(json));

/** All that the peer knows of an encoding too, in its names and its order. */
const ofOurs = (encoding: Encoding): unknown => [
  [...encoding.ids],
  encoding.offsets,
  [...encoding.specialTokensMask],
  [...encoding.typeIds],
  [...encoding.attentionMask],
];
const ofTheirs = (text: string, encoding: NativeEncoding): unknown => [
  encoding.getIds(),
  inUnits(text, encoding.getOffsets()),
  encoding.getSpecialTokensMask(),
  encoding.getTypeIds(),
  encoding.getAttentionMask(),
];

/** As deepEqual, ten times as fast where all is well. */
function same(ours: unknown, theirs: unknown, text: string): void {
  if (JSON.stringify(ours) !== JSON.stringify(theirs)) assert.deepEqual(ours, theirs, JSON.stringify(text));
}

for (const [name, { json, strings = 600, but }] of Object.entries(CASES))
  void test(`offsets and masks equal those of the native peer: ${name}`, { skip }, async () => {
    const texts = [...randomStrings(strings, 1)].filter((text) => !but?.test(text));
    assert.ok(texts.length > strings * 0.9, `${texts.length} of ${strings}`);
    const ours = tokenizerOf(json);
    const theirs = await peerOf(json).encodeBatch([...texts]);
    texts.forEach((text, i) => {
      const encoding = ours.encodeWithOffsets(text);
      same(ofOurs(encoding), ofTheirs(text, theirs[i]), text);
      same([...encoding.ids], [...ours.encode(text)], text);
    });
  });

void test("words, tokens and the token of a character equal those of the native peer", { skip }, async () => {
  const ours = tokenizerOf(english);
  // Its Unicode is newer than that of Node 20: other letters, other words.
  const texts = [...randomStrings(1000, 4)].filter(
    (text) => !/[^\0-\u036f\u0400-\u30ff\u4e00-\u9fff]/u.test(text),
  );
  const theirs = await peerOf(english).encodeBatch([...texts]);
  assert.ok(texts.length > 200);
  texts.forEach((text, i) => {
    const encoding = ours.encodeWithOffsets(text);
    same(encoding.tokens, theirs[i].getTokens(), text);
    assert.deepEqual(
      [...encoding.words],
      theirs[i].getWordIds().map((word) => word ?? -1),
      text,
    );
    for (let at = 0; at <= text.length; at++)
      if ((encoding.charToToken(at) ?? null) !== theirs[i].charToToken(at)) assert.fail(`${at} of ${text}`);
  });
});

type Row = readonly [options: EncodingOptions, truncation: object | null, padding: object | null];
const cut = (max_length: number, more: object = {}) => ({
  direction: "Right",
  strategy: "LongestFirst",
  stride: 0,
  max_length,
  ...more,
});
const filled = (more: object = {}) => ({
  strategy: "BatchLongest",
  direction: "Right",
  pad_to_multiple_of: null,
  pad_id: 0,
  pad_type_id: 0,
  pad_token: "[PAD]",
  ...more,
});
const LIMITS: readonly Row[] = [
  [{ truncation: { maxLength: 8 }, padding: true }, cut(8), filled()],
  [
    { truncation: { maxLength: 9, stride: 3 }, padding: { multipleOf: 4 } },
    cut(9, { stride: 3 }),
    filled({ pad_to_multiple_of: 4 }),
  ],
  [
    {
      truncation: { maxLength: 7, stride: 2, direction: "left" },
      padding: { length: 12, direction: "left", typeId: 1 },
    },
    cut(7, { stride: 2, direction: "Left" }),
    filled({ strategy: { Fixed: 12 }, direction: "Left", pad_type_id: 1 }),
  ],
  [{ truncation: { maxLength: 2 }, addSpecialTokens: true }, cut(2), null],
  [
    { truncation: { maxLength: 3, stride: 1 }, addSpecialTokens: false, padding: true },
    cut(3, { stride: 1 }),
    filled(),
  ],
];

const deep = (encoding: Encoding): unknown => [ofOurs(encoding), encoding.overflowing.map(ofOurs)];
const deepTheirs = (text: string, encoding: NativeEncoding): unknown => [
  ofTheirs(text, encoding),
  encoding.getOverflowing().map((part) => ofTheirs(text, part)),
];

void test(
  "truncated and padded batches equal the native peer's, by options or by the file",
  { skip },
  async () => {
    const texts = [...randomStrings(300, 11)].filter((text) => !NEWER.test(text));
    for (const [options, truncation, padding] of LIMITS) {
      const json = { ...bert(true), truncation, padding };
      const { addSpecialTokens = true } = options;
      const theirs = await peerOf(json).encodeBatch([...texts], { addSpecialTokens });
      const expected = texts.map((text, i) => deepTheirs(text, theirs[i]));
      const plain = tokenizerOf(bert(true)).encodeBatch(texts, options);
      assert.deepEqual(plain.map(deep), expected);
      assert.deepEqual(tokenizerOf(json).encodeBatch(texts, { addSpecialTokens }).map(deep), expected);
    }
  },
);

void test("two texts are cut as the native peer cuts them", { skip }, async () => {
  const texts = [...randomStrings(120, 12)].filter((text) => !NEWER.test(text));
  const strategies = [
    ["longestFirst", "LongestFirst"],
    ["onlyFirst", "OnlyFirst"],
    ["onlySecond", "OnlySecond"],
  ] as const;
  const ours = tokenizerOf(bert(true));
  let refused = 0;
  for (const [strategy, stored] of strategies) {
    const peer = peerOf({ ...bert(true), truncation: cut(20, { strategy: stored }) });
    for (let i = 0; i + 1 < texts.length; i++) {
      const pair: TextOrPair = [texts[i], texts[i + 1]];
      const run = (): Encoding => ours.encodeWithOffsets(pair, { truncation: { maxLength: 20, strategy } });
      const theirs = await peer.encode(pair[0], pair[1]).catch(() => undefined);
      if (theirs === undefined) {
        assert.throws(run, { code: "E_CONFIG" });
        refused++;
        continue;
      }
      const both = [theirs, ...theirs.getOverflowing()];
      const encoding = run();
      [encoding, ...encoding.overflowing].forEach((part, at) => {
        assert.deepEqual([...part.ids], both[at].getIds());
        assert.deepEqual([...part.typeIds], both[at].getTypeIds());
        const own = part.offsets.map((offsets, token) => (part.sequences[token] === 1 ? [] : offsets));
        const other = inUnits(pair[0], both[at].getOffsets());
        own.forEach((offsets, token) => offsets.length > 0 && assert.deepEqual(offsets, other[token]));
      });
      assert.equal(encoding.overflowing.length + 1, both.length);
    }
  }
  assert.ok(refused > 10 && refused < 200, String(refused));
});

void test("limits are saved in tokenizer.json, read again, and taken out", { skip }, async () => {
  const whole = WordPieceTokenizer.fromJSON(bert(true), { pad_token: "[PAD]" });
  const limited = whole.withLimits({
    truncation: { maxLength: 6, stride: 1, direction: "left" },
    padding: { length: 8, multipleOf: 3 },
  });
  const stored = JSON.parse(JSON.stringify(limited)) as WordPieceJson;
  assert.deepEqual(stored.truncation, cut(6, { stride: 1, direction: "Left" }));
  assert.deepEqual(stored.padding, filled({ strategy: { Fixed: 8 }, pad_to_multiple_of: 3 }));
  const text = "the unaffordable tokenizer, hello world";
  const [theirs] = await peerOf(stored).encodeBatch([text]);
  same(deep(WordPieceTokenizer.fromJSON(stored).encodeWithOffsets(text)), deepTheirs(text, theirs), text);
  assert.deepEqual([...limited.encode(text)], [...whole.encode(text)], "encode keeps the whole text");
  const free = limited.encodeWithOffsets(text, { truncation: false, padding: false });
  assert.deepEqual([...free.ids], [...whole.encode(text)]);
  const { truncation, padding } = limited.withLimits({ truncation: null }).toJSON();
  assert.deepEqual([truncation, padding], [null, stored.padding]);
});

void test("limits that cannot be kept are refused", () => {
  const ours = tokenizerOf(bert(true));
  const refused: readonly [EncodingOptions, RegExp][] = [
    [{ truncation: { maxLength: 0 } }, /maxLength must be a whole number of at least 1/],
    [{ truncation: { maxLength: 1 } }, /2 special tokens do not fit in 1/],
    [{ truncation: { maxLength: 4, stride: 2 } }, /stride of 2 leaves nothing new in parts of 2/],
    [{ truncation: { maxLength: 4, strategy: "onlySecond" } }, /needs two texts/],
    [{ truncation: { maxLength: 4, direction: "up" as "left" } }, /left or right, got "up"/],
    [{ padding: { length: 1.5 } }, /padding.length/],
    [{ padding: { multipleOf: 0 } }, /padding.multipleOf/],
    [{ padding: { token: "<none>" } }, /"<none>" is not in the vocabulary/],
  ];
  for (const [options, message] of refused)
    assert.throws(() => ours.encodeWithOffsets("hello hello hello", options), { code: "E_CONFIG", message });
  const bare = Tokenizer.train(["a"], { specialTokens: [] });
  assert.throws(() => bare.encodeBatch(["a"], { padding: true }), {
    code: "E_CONFIG",
    message: /no padding token/,
  });
  assert.throws(() => ours.encodeBatch(["a", 3 as unknown as string]), { code: "E_DATA_FORMAT" });
  for (const [field, value] of [
    ["truncation", { max_length: "many" }],
    ["padding", { strategy: { Fixed: -1 } }],
  ] as const) {
    const message = new RegExp(`${field} cannot be read`);
    assert.throws(() => tokenizerOf({ ...bert(true), [field]: value }), { code: "E_TOKENIZER", message });
  }
});

void test("half a character lies where the whole does, in UTF-16 units", () => {
  const { offsets, tokens } = tokenizerOf(english).encodeWithOffsets("a 😀b", { parseSpecialTokens: false });
  assert.equal(tokens.length, offsets.length);
  assert.deepEqual(offsets[0], [0, 1]);
  assert.deepEqual(new Set(offsets.slice(2, -1).map(String)), new Set(["2,4"]));
  assert.deepEqual(offsets.at(-1), [4, 5]);
});
