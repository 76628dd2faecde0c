import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { loadRows, prepareExamples, readRecords, readTokenizer, type CompletionRow } from "gradlab";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const names = readdirSync(join(root, "datasets"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const rowsOf = async (name: string, split: string): Promise<readonly CompletionRow[]> =>
  (await loadRows(pathOf(name, split))).map((row) => {
    assert.ok("prompt" in row);
    return row;
  });

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
const runsOf = (text: string, n: number): string[] => {
  const list = words(text);
  return list.length < n ? [list.join(" ")] : list.slice(n - 1).map((_, i) => list.slice(i, i + n).join(" "));
};

/** Rows of every part, as the cards promise them. */
const COUNTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "finance-glosses": { train: 906, test: 140 },
  "gloss-classes": { train: 5520, test: 274 },
  "javascript-functions": { train: 192, test: 48 },
  "legal-glosses": { train: 910, test: 108 },
  "medical-glosses": { train: 3197, test: 403 },
  "python-pages": { train: 265 },
  sentiment: { train: 2400, test: 600 },
  "spam-bodies": { train: 1200, test: 300 },
  "tang-poems": { train: 7600, test: 400, "three-hundred": 352 },
  "typescript-messages": { train: 1863, test: 207 },
};

/** Sets whose rows are prompt and completion, short enough for the shipped models. */
const COMPLETIONS = names.filter((name) => name.endsWith("-glosses") || /^(?:gloss-|sentiment)/.test(name));

const pathOf = (name: string, split: string): string => {
  const path = join(root, "datasets", name, `${split}.jsonl`);
  return existsSync(path) ? path : `${path}.gz`;
};

const recordsOf = async (name: string, split: string): Promise<Readonly<Record<string, unknown>>[]> => {
  const rows: Readonly<Record<string, unknown>>[] = [];
  for await (const { value } of readRecords(pathOf(name, split)))
    rows.push(value as Readonly<Record<string, unknown>>);
  return rows;
};

void test("the vendored data sets are there and small", () => {
  assert.deepEqual([...names].sort(), Object.keys(COUNTS).sort());
  const bytes = names
    .flatMap((name) =>
      readdirSync(join(root, "datasets", name)).map((file) => join(root, "datasets", name, file)),
    )
    .reduce((sum, file) => sum + statSync(file).size, 0);
  assert.ok(bytes <= 3_200_000, `${bytes} bytes`);
});

for (const name of names)
  void describe(name, () => {
    void test("the card tells the truth about every file", async () => {
      const card = readFileSync(join(root, "datasets", name, "README.md"), "utf8");
      for (const [split, count] of Object.entries(COUNTS[name])) {
        const path = pathOf(name, split);
        const stored = readFileSync(path);
        const content = path.endsWith(".gz") ? gunzipSync(stored) : stored;
        const sha256 = createHash("sha256").update(content).digest("hex");
        const { length } = await recordsOf(name, split);
        assert.equal(length, count);
        assert.ok(
          card.includes(`| ${basename(path)} | ${length} | ${content.length} | \`${sha256}\` |`),
          split,
        );
      }
      assert.match(card, /Licence: \S/);
      assert.match(card, /^- Source: (?:npm|Debian) package `\S+[@=]\d\S*` \(sha256 `[0-9a-f]{64}`\)$/m);
      assert.ok(readFileSync(join(root, "datasets", name, "LICENSE"), "utf8").length > 300);
    });
  });

for (const name of COMPLETIONS)
  void describe(name, () => {
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
      const tokenizer = await readTokenizer(join(root, "models", "en-3m"));
      for (const split of ["train", "test"]) {
        const { counts } = await prepareExamples(await rowsOf(name, split), tokenizer, { maxLength: 512 });
        assert.equal(counts.dropped + counts.truncated, 0);
      }
    });
  });

void test("labels of the classification sets are balanced", async () => {
  for (const [name, classes] of [
    ["sentiment", 2],
    ["gloss-classes", 23],
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

const strings = (rows: readonly Readonly<Record<string, unknown>>[], ...fields: string[]): void =>
  rows.forEach((row, i) => {
    for (const field of fields)
      assert.ok(typeof row[field] === "string" && row[field] !== "", `row ${i}: ${field}`);
  });

void test("mails are labelled and hold no address, number or link", async () => {
  for (const split of ["train", "test"]) {
    const rows = await recordsOf("spam-bodies", split);
    strings(rows, "prompt", "completion", "source");
    for (const { prompt, completion, source } of rows) {
      assert.equal(completion, source === "spam" ? " spam" : " wanted");
      assert.doesNotMatch(
        String(prompt),
        /[\w.]+@[\w-]+\.\w|https?:\/\/|\b\d{3}[-.]\d{3}[-.]\d{4}\b|\(\d{3}\) ?\d{3}-\d{4}|^Received:/m,
      );
    }
  }
});

void test("poems are in simplified characters, and no line of the test is known", async () => {
  const lines = ({ text }: Readonly<Record<string, unknown>>): string[] =>
    String(text)
      .split(/[，。？！；\n]+/)
      .filter((line) => line !== "");
  const train = await recordsOf("tang-poems", "train");
  const held = [
    ...(await recordsOf("tang-poems", "test")),
    ...(await recordsOf("tang-poems", "three-hundred")),
  ];
  strings([...train, ...held], "title", "author", "form", "text");
  for (const row of train) for (const line of lines(row)) assert.match(line, /^\p{Script=Han}{5}$/u);
  assert.ok([...train, ...held].every(({ text }) => !/[風雲無來詩讀說]/.test(String(text))));
  const known = new Set(train.flatMap(lines));
  assert.deepEqual(
    held.flatMap(lines).filter((line) => known.has(line)),
    [],
  );
});

void test("messages keep their placeholders in both languages", async () => {
  const places = (text: unknown): string => [...String(text).matchAll(/\{\d\}/g)].map(String).sort().join("");
  const rows = (
    await Promise.all(["train", "test"].map((split) => recordsOf("typescript-messages", split)))
  ).flat();
  strings(rows, "en", "zh", "code");
  const differing = rows.filter(({ en, zh }) => places(en) !== places(zh));
  // A few translations name a thing twice, or once less.
  assert.ok(differing.length / rows.length < 0.02, `${differing.length} of ${rows.length}`);
  const codes = new Set(rows.map(({ code }) => code));
  assert.ok(codes.has("TS2322") && codes.has("TS1005"));
  const rowsByField = await loadRows(pathOf("typescript-messages", "test"), {
    fields: { prompt: "en", completion: "zh" },
  });
  assert.equal(rowsByField.length, COUNTS["typescript-messages"].test);
});

void test("every JavaScript function passes its tests", async () => {
  for (const split of ["train", "test"])
    for (const row of await recordsOf("javascript-functions", split)) {
      strings([row], "prompt", "completion", "name", "language");
      const tests = row.tests as readonly { call: string; result: string }[];
      assert.ok(tests.length > 0);
      for (const { call, result } of tests) {
        const got = runInNewContext(
          `${String(row.completion)}\nJSON.stringify([${call}])`,
          {},
          { timeout: 5000 },
        );
        assert.equal(got, `[${result}]`, call);
      }
    }
});

void test("pages of the manual say where they are from", async () => {
  const rows = await recordsOf("python-pages", "train");
  strings(rows, "page", "title", "text");
  assert.ok(new Set(rows.map(({ page }) => page)).size >= 20);
  assert.ok(rows.some(({ page, title }) => page === "tutorial/errors" && title === "Syntax Errors"));
  assert.ok(rows.every(({ text }) => !/:(?:ref|func|mod|class|meth):`/.test(String(text))));
});
