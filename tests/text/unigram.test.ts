import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { UnigramTokenizer, type UnigramJson } from "gradlab";

interface Golden {
  readonly vocab: readonly (readonly [string, number])[];
  readonly precompiled_charsmap: string;
  readonly cases: readonly { readonly text: string; readonly ids: number[] }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../golden/unigram.json", import.meta.url), "utf8"),
) as Golden;
const { vocab, precompiled_charsmap } = golden;
const special = (content: string, id: number) => ({ id, content, special: true, normalized: false });

/** As T5's tokenizer.json. */
const t5Json = (more: object = {}): UnigramJson => ({
  version: "1.0",
  added_tokens: ["<pad>", "</s>", "<unk>"].map(special),
  normalizer: { type: "Precompiled", precompiled_charsmap },
  pre_tokenizer: { type: "Metaspace", replacement: "▁", add_prefix_space: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ Sequence: { id: "A" } }, { SpecialToken: { id: "</s>" } }],
    special_tokens: { "</s>": { ids: [1] } },
  },
  model: { type: "Unigram", unk_id: 2, vocab },
  ...more,
});

test("ids are those of the best of all segmentations, behind the table of replacements", () => {
  const tokenizer = UnigramTokenizer.fromJSON(t5Json());
  for (const { text, ids } of golden.cases)
    assert.deepEqual([...tokenizer.encode(text)], ids, JSON.stringify(text));
  assert.ok(golden.cases.length > 80);
  assert.deepEqual([tokenizer.vocabSize, tokenizer.padId, tokenizer.idOf("</s>")], [vocab.length, 0, 1]);
});

test("decoding gives known text back; marks become spaces", () => {
  const tokenizer = UnigramTokenizer.fromJSON(t5Json());
  for (const text of ["ab abc", "cab  a", "AB fi é"]) {
    assert.equal(tokenizer.decode(tokenizer.encode(text), { skipSpecialTokens: true }), text);
  }
  assert.equal(tokenizer.decode(tokenizer.encode("a")), "a</s>");
  assert.throws(() => tokenizer.decode([999]), { code: "E_INDEX" });
});

test("white space is split and marked as the file says", () => {
  const pieces = (more: object, text: string): string => {
    const tokenizer = UnigramTokenizer.fromJSON(t5Json({ post_processor: null, ...more }));
    return Array.from(tokenizer.encode(text), (id) => tokenizer.toJSON().model.vocab[id][0]).join("|");
  };
  const xlm = { type: "Sequence", pretokenizers: [{ type: "WhitespaceSplit" }, { type: "Metaspace" }] };
  assert.equal(pieces({}, "a  a"), "▁a|▁|▁a");
  assert.equal(pieces({ pre_tokenizer: xlm }, " a  a "), "▁a|▁a");
  assert.equal(pieces({ pre_tokenizer: null }, "▁a▁c"), "▁a|▁c");
  const scheme = (prepend_scheme: string) => ({ pre_tokenizer: { type: "Metaspace", prepend_scheme } });
  assert.equal(pieces(scheme("never"), "a a"), "a|▁a");
  assert.equal(pieces(scheme("first"), "a</s>a"), "▁a|</s>|a");
  assert.equal(pieces(scheme("always"), "a</s>a"), "▁a|</s>|▁a");
  const replace = { type: "Replace", pattern: { Regex: " {2,}" }, content: " " };
  const both = { type: "Sequence", normalizers: [{ type: "Strip" }, replace, { type: "NFKC" }] };
  assert.equal(pieces({ normalizer: both }, "  a   ﬁ "), "▁a|▁|fi");
});

test("what cannot be followed exactly is refused", () => {
  const refused: readonly [object, RegExp][] = [
    [{ pre_tokenizer: { type: "ByteLevel" } }, /"ByteLevel" is not supported/],
    [{ normalizer: { type: "Nmt" } }, /"Nmt" is not supported/],
    [{ normalizer: { type: "Precompiled", precompiled_charsmap: "AAAA" } }, /cut or damaged/],
    [{ normalizer: { type: "Precompiled", precompiled_charsmap: "//8AAAAA" } }, /cut or damaged/],
    [{ model: { type: "Unigram", unk_id: null, vocab } }, /unk_id/],
  ];
  for (const [more, message] of refused) {
    assert.throws(() => UnigramTokenizer.fromJSON(t5Json(more)), { code: "E_TOKENIZER", message });
  }
});
