import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Tokenizer, type TokenizerJson } from "gradlab";

interface Case {
  readonly name: string;
  readonly change: Partial<TokenizerJson> & { readonly strip?: boolean };
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
}

const root = new URL("../../../", import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), "utf8"));
const base = read("models/en-3m/tokenizer.json") as TokenizerJson;
const { cases } = read("tests/golden/tokenizer.json") as { cases: readonly Case[] };

for (const { name, change, texts, ids } of cases) {
  void test(`ids equal those of the reference implementation: ${name}`, () => {
    const { strip, ...parts } = change;
    const added = base.added_tokens.map((token) =>
      strip && token.id === 1 ? { ...token, lstrip: true, rstrip: true, single_word: true } : token,
    );
    const tokenizer = Tokenizer.fromJSON({ ...base, ...parts, added_tokens: added });
    texts.forEach((text, i) => assert.deepEqual([...tokenizer.encode(text)], ids[i], JSON.stringify(text)));
  });
}
