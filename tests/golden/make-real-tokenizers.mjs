// Writes tests/golden/real-tokenizers.json: ids and offsets (UTF-16 units) that Hugging Face's tokenizers (Rust) give. From the root:
// npm run build && node scripts/dist/tokenizers/fetch.js && node tests/golden/make-real-tokenizers.mjs
import { writeFileSync } from "node:fs";
import { inUnits, nativePeer } from "../dist/text/peers.js";
import { randomStrings } from "../dist/text/random-strings.js";
import { REAL_TOKENIZERS } from "../dist/text/real-tokenizers.js";

const texts = [...randomStrings(40, 1)];
const { Tokenizer } = await nativePeer();
const out = {};
for (const { name, load, missing } of REAL_TOKENIZERS) {
  const ours = await load();
  if (ours === undefined) throw new Error(missing);
  const json = ours.toJSON();
  const { vocab } = json.model;
  // The peer numbers added tokens anew unless the vocabulary holds them too.
  const added = Object.fromEntries(json.added_tokens.map(({ content, id }) => [content, id]));
  const whole = Array.isArray(vocab) ? json : { ...json, model: { ...json.model, vocab: { ...vocab, ...added } } };
  const encodings = await Tokenizer.fromString(JSON.stringify(whole)).encodeBatch(texts);
  out[name] = encodings.map((encoding, i) => ({
    ids: encoding.getIds(),
    offsets: inUnits(texts[i], encoding.getOffsets()).flat(),
  }));
}
const rows = Object.entries(out).map(
  ([name, cases]) => `${JSON.stringify(name)}: [\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]`,
);
writeFileSync("tests/golden/real-tokenizers.json", `{\n${rows.join(",\n")}\n}\n`);
