import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type CompletionRow,
  DIALOGUE_INTENTS,
  type ExtractionRow,
  generateDialogues,
  generateExtraction,
  generateInstructions,
  GradlabError,
  loadRows,
} from "gradlab";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const makers: Readonly<Record<string, (seed: number, split: "train" | "test", count: number) => string[]>> = {
  extraction: (seed, split, count) =>
    generateExtraction({ seed, split, count }).map((row) => JSON.stringify(row)),
  dialogues: (seed, split, count) =>
    generateDialogues({ seed, split, count }).map((row) => JSON.stringify(row)),
  instructions: (seed, split, count) =>
    generateInstructions({ seed, split, count }).map((row) => JSON.stringify(row)),
};

for (const [name, make] of Object.entries(makers))
  void test(`${name}: the same for a seed, no row twice, nothing in both splits`, () => {
    const train = make(3, "train", 1500);
    assert.equal(train.length, 1500);
    assert.deepEqual(make(3, "train", 1500), train);
    assert.notDeepEqual(make(4, "train", 1500), train);
    assert.equal(new Set(train).size, train.length);
    const known = new Set(train);
    assert.deepEqual(
      make(3, "test", 300).filter((row) => known.has(row)),
      [],
    );
  });

/** JSON Schema, as far as these schemas go. */
function misfits({ value, schema }: ExtractionRow): string[] {
  const missing = schema.required.filter((field) => !(field in value));
  const wrong = Object.entries(value).filter(([field, content]) => {
    const { type, enum: options } = schema.properties[field];
    if (options !== undefined && !options.includes(String(content))) return true;
    if (type === "array")
      return !(Array.isArray(content) && content.every((item) => typeof item === "string"));
    if (type === "integer") return !Number.isInteger(content);
    return typeof content !== type;
  });
  return [...missing, ...wrong.map(([field]) => field)];
}

void test("extracted facts fit the schema and stand in the text", () => {
  const rows = generateExtraction({ count: 2000, seed: 1 });
  assert.ok(new Set(rows.map(({ kind }) => kind)).size >= 6);
  let partial = 0;
  for (const row of rows) {
    assert.deepEqual(JSON.parse(row.completion), row.value);
    assert.deepEqual(misfits(row), [], row.prompt);
    for (const fact of Object.values(row.value).flat()) assert.ok(row.text.includes(String(fact)), row.text);
    assert.doesNotMatch(row.text, /[{}[\]]|undefined/);
    partial += Number(Object.keys(row.value).length < Object.keys(row.schema.properties).length);
  }
  assert.ok(partial > 200 && partial < 1500, `${partial}`);
});

void test("conversations take turns, and an order number is known before it is used", () => {
  const rows = generateDialogues({ count: 2000, seed: 2 });
  assert.deepEqual(new Set(rows.flatMap(({ intents }) => intents)), new Set(DIALOGUE_INTENTS));
  for (const { messages, intents } of rows) {
    assert.ok(intents.length >= 1 && intents.length <= 3);
    const turns = messages.slice(1).map(({ role }) => role);
    assert.deepEqual(
      turns,
      turns.map((_, i) => (i % 2 === 0 ? "user" : "assistant")),
    );
    assert.ok(messages.every(({ content }) => !/[{}]|undefined/.test(content)));
    const told = messages.findIndex(({ role, content }) => role === "user" && /A\d{5}/.test(content));
    const used = messages.findIndex(({ role, content }) => role === "assistant" && /A\d{5}/.test(content));
    if (used >= 0) assert.ok(told >= 0 && told < used);
    const asked = messages.filter(
      ({ role, content }) =>
        role === "assistant" && /number.*[?.] *$/.test(content) && !/A\d{5}/.test(content),
    );
    assert.ok(asked.length <= 1);
  }
});

void test("instructions have the three fields, from every source in equal parts", async () => {
  const glosses = (await loadRows(
    join(root, "datasets", "medical-glosses", "train.jsonl"),
  )) as CompletionRow[];
  const rows = generateInstructions({ count: 1000, seed: 5, glosses });
  const counts = new Map<string, number>();
  for (const { instruction, input, output, source } of rows) {
    assert.ok(instruction !== "" && output !== "" && typeof input === "string");
    counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  assert.deepEqual(Object.fromEntries(counts), {
    code: 200,
    arithmetic: 200,
    extraction: 200,
    intent: 200,
    definition: 200,
  });
  const test = generateInstructions({ count: 100, seed: 5, split: "test", sources: ["definition"], glosses });
  const known = new Set(
    generateInstructions({ count: 2500, seed: 5, sources: ["definition"], glosses }).map(
      ({ output }) => output,
    ),
  );
  assert.ok(test.filter(({ output }) => known.has(output)).length === 0);
  assert.throws(
    () => generateInstructions({ count: 4, sources: ["definition"] }),
    (error: unknown) =>
      error instanceof GradlabError && error.code === "E_CONFIG" && error.where === "glosses",
  );
});

void test("instructions are read as prompt and completion", async () => {
  const rows = generateInstructions({ count: 12, seed: 1 });
  const read = await loadRows(rows, { fields: { prompt: "instruction", completion: "output" } });
  assert.equal(read.length, 12);
});
