import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadRows, prepareExamples, readTokenizer, type CompletionRow } from "gradlab";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const names = readdirSync(join(root, "datasets"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const rowsOf = async (name: string, split: string): Promise<readonly CompletionRow[]> =>
  (await loadRows(join(root, "datasets", name, `${split}.jsonl`))).map((row) => {
    assert.ok("prompt" in row);
    return row;
  });

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const runsOf = (text: string, n: number): string[] => {
  const list = words(text);
  return list.length < n ? [list.join(" ")] : list.slice(n - 1).map((_, i) => list.slice(i, i + n).join(" "));
};

void test("the vendored data sets are there and small", () => {
  for (const name of ["gloss-classes", "legal-glosses", "medical-glosses", "sentiment"])
    assert.ok(names.includes(name));
  const bytes = names
    .flatMap((name) =>
      readdirSync(join(root, "datasets", name)).map((file) => join(root, "datasets", name, file)),
    )
    .reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes <= 1_500_000, `${bytes} bytes`);
});

for (const name of names)
  void describe(name, () => {
    void test("the card tells the truth about every file", async () => {
      const card = readFileSync(join(root, "datasets", name, "README.md"), "utf8");
      for (const split of ["train", "test"]) {
        const content = readFileSync(join(root, "datasets", name, `${split}.jsonl`));
        const sha256 = createHash("sha256").update(content).digest("hex");
        const { length } = await rowsOf(name, split);
        assert.ok(card.includes(`| ${split}.jsonl | ${length} | ${content.length} | \`${sha256}\` |`), split);
      }
      assert.match(card, /Licence: \S/);
      assert.ok(readFileSync(join(root, "datasets", name, "LICENSE"), "utf8").length > 300);
    });

    void test("nothing of the test part is in the training part", async () => {
      const train = await rowsOf(name, "train");
      const test = await rowsOf(name, "test");
      const prompts = new Set(train.map(({ prompt }) => words(prompt).join(" ")));
      assert.deepEqual(
        test.filter(({ prompt }) => prompts.has(words(prompt).join(" "))),
        [],
      );
      if (!name.endsWith("-glosses")) return;
      const runs = new Set(train.flatMap(({ completion }) => runsOf(completion, 8)));
      assert.deepEqual(
        test.filter(({ completion }) => runsOf(completion, 8).some((run) => runs.has(run))),
        [],
      );
    });

    void test("fits the shipped models", async () => {
      const tokenizer = await readTokenizer(join(root, "models", "gradlab-en"));
      for (const split of ["train", "test"]) {
        const { counts } = await prepareExamples(await rowsOf(name, split), tokenizer, { maxLength: 512 });
        assert.equal(counts.dropped + counts.truncated, 0);
      }
    });
  });

void test("labels of the classification sets are balanced", async () => {
  for (const [name, classes] of [
    ["sentiment", 2],
    ["gloss-classes", 12],
  ] as const)
    for (const split of ["train", "test"]) {
      const counts = new Map<string, number>();
      for (const { completion } of await rowsOf(name, split))
        counts.set(completion, (counts.get(completion) ?? 0) + 1);
      assert.equal(counts.size, classes);
      const sizes = [...counts.values()];
      assert.ok(Math.min(...sizes) / Math.max(...sizes) > 0.8, `${name} ${split}: ${sizes.join(" ")}`);
    }
});
