import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadRows, readTokenizer, readTokens } from "gradlab";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const corpus = join(root, ".cache", "corpus");
const skip = existsSync(join(corpus, "card.json"))
  ? false
  : "the corpus is not built: node scripts/dist/corpus/build.js";

interface Card {
  readonly files: readonly { file: string; tokens: number; documents: number; sha256: string }[];
}

void test("the built corpus is the one its published card describes", { skip }, () => {
  const card = JSON.parse(readFileSync(join(root, "models", "en-3m", "corpus.json"), "utf8")) as Card;
  for (const { file, sha256 } of card.files)
    assert.equal(
      createHash("sha256")
        .update(readFileSync(join(corpus, file)))
        .digest("hex"),
      sha256,
      file,
    );
});

void test("packed tokens decode to the text beside them", { skip }, async () => {
  const tokenizer = await readTokenizer(join(root, "models", "en-3m"));
  const tokens = await readTokens(join(corpus, "heldout.u16"));
  const text = readFileSync(join(corpus, "heldout.txt"), "utf8").replaceAll(
    "\n<|endoftext|>\n",
    "<|endoftext|>",
  );
  assert.equal(tokenizer.decode(tokens), text);
});

void test("no row of the medical, legal and finance sets was pre-trained on", { skip }, async () => {
  const entries = new Set(
    readFileSync(join(corpus, "train.txt"), "utf8")
      .split("\n")
      .filter((line) => line.includes(" : "))
      .map((line) => line.split('; "')[0]),
  );
  assert.ok(entries.size > 90_000);
  for (const name of ["medical-glosses", "legal-glosses", "finance-glosses"])
    for (const split of ["train", "test"])
      for (const row of await loadRows(join(root, "datasets", name, `${split}.jsonl`)))
        if ("prompt" in row) assert.ok(!entries.has(row.prompt + row.completion), row.prompt);
});
