import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { encodePair, Tokenizer, WordPieceTokenizer } from "gradlab";
import { bertJson } from "./bert-json.js";

interface Golden {
  readonly vocab: Readonly<Record<string, number>>;
  readonly cases: readonly { readonly text: string; readonly lower: number[]; readonly cased: number[] }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../golden/wordpiece.json", import.meta.url), "utf8"),
) as Golden;
const { vocab } = golden;

test("ids are those of BERT's published rules, lower case and cased", () => {
  for (const style of ["lower", "cased"] as const) {
    const tokenizer = WordPieceTokenizer.fromJSON(bertJson(vocab, style === "lower"));
    for (const { text, [style]: ids } of golden.cases) {
      assert.deepEqual([...tokenizer.encode(text)], ids, JSON.stringify(text));
    }
  }
  assert.ok(golden.cases.length > 20);
});

test("decoding joins pieces and takes spaces before punctuation out", () => {
  const tokenizer = WordPieceTokenizer.fromJSON(bertJson(vocab, true));
  const back = (text: string): string =>
    tokenizer.decode(tokenizer.encode(text), { skipSpecialTokens: true });
  assert.equal(back("The unaffordable tokenizer!"), "the unaffordable tokenizer!");
  assert.equal(back("stop ,  don't"), "stop, don ' t");
  assert.equal(tokenizer.decode([vocab["[CLS]"], vocab.hello]), "[CLS] hello");
  assert.throws(() => tokenizer.decode([100_000]), { code: "E_INDEX" });
  assert.deepEqual([tokenizer.padId, tokenizer.idOf("[MASK]")], [0, 4]);
});

test("without special tokens they are left out, or read as plain text", () => {
  const tokenizer = WordPieceTokenizer.fromJSON(bertJson(vocab, true));
  assert.deepEqual([...tokenizer.encode("hello", { addSpecialTokens: false })], [vocab.hello]);
  const plain = tokenizer.encode("[SEP]", { addSpecialTokens: false, parseSpecialTokens: false });
  assert.ok(plain.length > 1 && !plain.includes(vocab["[SEP]"]));
});

const [cls, sep, hello, world] = ["[CLS]", "[SEP]", "hello", "world"].map((token) => vocab[token]);

test("two texts follow the tokenizer's template for pairs", () => {
  const template = {
    type: "TemplateProcessing" as const,
    single: [{ SpecialToken: { id: "[CLS]" } }, { Sequence: { id: "A" } }, { SpecialToken: { id: "[SEP]" } }],
    pair: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
      { Sequence: { id: "B", type_id: 1 } },
      { SpecialToken: { id: "[SEP]", type_id: 1 } },
    ],
    special_tokens: { "[CLS]": { ids: [cls] }, "[SEP]": { ids: [sep] } },
  };
  for (const more of [{}, { post_processor: template }]) {
    const { ids, types } = encodePair(
      WordPieceTokenizer.fromJSON(bertJson(vocab, true, more)),
      "hello",
      "world hello",
    );
    assert.deepEqual([...ids], [cls, hello, sep, world, hello, sep]);
    assert.deepEqual([...types], [0, 0, 0, 1, 1, 1]);
  }
  const roberta = { type: "RobertaProcessing", sep: ["[SEP]", sep], cls: ["[CLS]", cls] };
  const like = WordPieceTokenizer.fromJSON(bertJson(vocab, true, { post_processor: roberta }));
  const { ids, types } = encodePair(like, "hello", "world");
  assert.deepEqual([...ids], [cls, hello, sep, sep, world, sep]);
  assert.deepEqual([...types], [0, 0, 0, 0, 0, 0]);
});

test("what cannot be followed exactly is refused", () => {
  const refused: readonly [object, RegExp][] = [
    [{ pre_tokenizer: { type: "Whitespace" } }, /"Whitespace" is not supported/],
    [{ normalizer: { type: "Nmt" } }, /"Nmt" is not supported/],
    [{ model: { type: "WordPiece", vocab, unk_token: "<unk>" } }, /"<unk>" is not in the vocabulary/],
  ];
  for (const [more, message] of refused) {
    assert.throws(() => WordPieceTokenizer.fromJSON(bertJson(vocab, true, more)), {
      code: "E_TOKENIZER",
      message,
    });
  }
  const alone = Tokenizer.train(["a b"], { vocabSize: 260 });
  assert.throws(() => encodePair(alone, "a", "b"), {
    code: "E_TOKENIZER",
    message: /no template for two texts/,
  });
});
