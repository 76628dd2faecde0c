import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Dataset, Random } from "gradlab";
import { temporaryFolder } from "./temporary.js";

const write = temporaryFolder();
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const SHARES = { train: 0.8, validation: 0.1, test: 0.1 };

interface Note {
  readonly id: number;
  readonly author: string;
  readonly text: string;
}

/** Rows with many equal texts, some of them of different authors. */
function notes(seed: number, count: number, authors: number, texts: number): Note[] {
  const random = new Random(seed);
  return range(count).map((id) => ({
    id,
    author: `author ${random.integer(authors)}`,
    text: `note  ${random.integer(texts)}`.replace("  ", random.integer(2) ? " " : " \n"),
  }));
}

async function partsOf(
  data: Dataset<Note>,
  options: Parameters<Dataset<Note>["split"]>[1],
): Promise<Note[][]> {
  const parts = data.split(SHARES, options);
  return Promise.all([parts.train.toArray(), parts.validation.toArray(), parts.test.toArray()]);
}

function assertApart(parts: readonly (readonly Note[])[], keyOf: (row: Note) => string): void {
  const partOf = new Map<string, number>();
  for (const [part, rows] of parts.entries())
    for (const row of rows) {
      assert.equal(partOf.get(keyOf(row)) ?? part, part, `${keyOf(row)} is in two parts`);
      partOf.set(keyOf(row), part);
    }
}

const plain = ({ text }: Note): string => text.replace(/\s+/g, " ");

void describe("split", () => {
  test("parts hold each row once, and no text is in two of them", async () => {
    for (const seed of range(5)) {
      const rows = notes(seed, 500, 40, 200);
      const parts = await partsOf(Dataset.from(rows), { seed });
      assert.deepEqual(
        parts.flat().sort((a, b) => a.id - b.id),
        rows,
      );
      assertApart(parts, plain);
    }
  });

  test("with groups, neither a group nor a text is in two parts", async () => {
    for (const seed of range(5)) {
      // Few equal texts: with many, all groups are joined into one.
      const rows = notes(seed, 400, 200, 3000);
      const parts = await partsOf(Dataset.from(rows), { by: "author", seed });
      assert.deepEqual(
        parts.flat().sort((a, b) => a.id - b.id),
        rows,
      );
      assertApart(parts, plain);
      assertApart(parts, ({ author }) => author);
      assert.ok(parts.every(({ length }) => length > 0));
    }
    const chain = [
      { id: 0, author: "a", text: "1" },
      { id: 1, author: "b", text: "1" },
      { id: 2, author: "b", text: "2" },
      { id: 3, author: "c", text: "2" },
    ];
    for (const seed of range(20)) {
      const parts = await partsOf(Dataset.from(chain), { by: "author", seed });
      assert.equal(Math.max(...parts.map(({ length }) => length)), 4);
    }
  });

  test("the parts have about their shares; another seed gives others, the order of the rows none", async () => {
    const rows = notes(1, 5000, 1, 1e9);
    const data = Dataset.from(rows);
    const parts = await partsOf(data, { seed: 4 });
    // Binomial(5000, p): 4 standard deviations.
    for (const [i, share] of Object.values(SHARES).entries())
      assert.ok(Math.abs(parts[i].length - 5000 * share) < 4 * Math.sqrt(5000 * share * (1 - share)));
    const again = await partsOf(Dataset.from([...rows].reverse()), { seed: 4 });
    assert.deepEqual(
      again.map((part) => part.reverse()),
      parts,
    );
    assert.notDeepEqual(await partsOf(data, { seed: 5 }), parts);
    const more = await partsOf(data.concat(Dataset.from(notes(2, 500, 1, 1e9))), { seed: 4 });
    assert.deepEqual(
      more.map((part, i) => part.slice(0, parts[i].length)),
      parts,
      "rows that came later moved others",
    );
  });

  test("rows with one prompt stay together, a column of one's own says what is the same", async () => {
    const rows = range(200).map((i) => ({ prompt: `p${i % 20}`, completion: `c${i}`, source: `s${i % 5}` }));
    const data = Dataset.from(rows);
    for (const [options, column] of [
      [{}, "prompt"],
      [{ text: "source" }, "source"],
    ] as const) {
      const { a, b } = data.split({ a: 0.5, b: 0.5 }, options);
      const inA = new Set(await a.map((row) => row[column]).toArray());
      const inB = await b.map((row) => row[column]).toArray();
      assert.ok(inB.length > 0 && inA.size > 0 && !inB.some((value) => inA.has(value)));
    }
  });

  test("shares and columns that make no sense are refused", async () => {
    const data = Dataset.from(notes(1, 5, 2, 5));
    for (const shares of [{ a: 1 }, { a: 0.5, b: 0.6 }, { a: 1.5, b: -0.5 }, {}])
      assert.throws(() => data.split(shares as Record<string, number>), { code: "E_CONFIG" });
    const { a } = data.split({ a: 0.5, b: 0.5 }, { by: "autor" as "author" });
    await assert.rejects(a.toArray(), { code: "E_DATA_FORMAT", where: "rows[0]" });
  });
});

void describe("fingerprint", () => {
  const lines = '{"x":1}\n{"x":2}\n';
  type X = { x: number };
  const path = write("a.jsonl", lines);
  const data = Dataset.from<X>(path);

  test("is known, and the same for the same content elsewhere or packed", async () => {
    // printf of ["file",[".jsonl"],[],"<sha256sum of the file>"], through sha256sum.
    const known = await data.fingerprint();
    assert.equal(known, "b8698268256e078ed92ab7510ce9e033e99e06f4ab125e169f13aaca4f44acf2");
    assert.equal(await Dataset.from(write("b.jsonl", lines)).fingerprint(), known);
    assert.equal(await Dataset.from(write("c.jsonl.gz", gzipSync(lines))).fingerprint(), known);
    const rows = Dataset.from([{ x: 1 }, { x: 2 }]);
    assert.equal(await rows.fingerprint(), await Dataset.from(() => [{ x: 1 }, { x: 2 }]).fingerprint());
  });

  test("is another when a byte, an operator, a setting, a function or the order changes", async () => {
    const other = Dataset.from<X>(write("d.jsonl", '{"x":1}\n{"x":3}\n'));
    const all: readonly Dataset<unknown>[] = [
      data,
      other,
      data.concat(other),
      other.concat(data),
      data.map(({ x }) => x),
      data.map(({ x }) => x + 1),
      data.map(({ x }) => x, { key: "x" }),
      data.filter(({ x }) => x > 1),
      data.filter(({ x }) => x > 2),
      data.select("x"),
      data.renameColumn("x", "y"),
      data.renameColumn("x", "z"),
      data.batch(2),
      data.batch(3),
      data.batch(2, { dropLast: true }),
      data.take(2),
      data.skip(2),
      data.shard(2, 0),
      data.shard(2, 1),
      data.shuffle({ seed: 1 }),
      data.shuffle({ seed: 2 }),
      data.shuffle({ seed: 1, buffer: 2 }),
      data.interleave([other]),
      data.interleave([other], { seed: 1 }),
      data.interleave([other], { weights: [1, 2] }),
      data.groupBy("x"),
      ...Object.values(data.split({ a: 0.5, b: 0.5 })),
      ...Object.values(data.split({ a: 0.5, b: 0.5 }, { seed: 1 })),
      ...Object.values(data.split({ a: 0.5, b: 0.5 }, { by: "x" })),
      Dataset.from([{ x: 1 }, { x: 2 }]),
      Dataset.from([{ x: 1n }, { x: 2n }]),
      Dataset.from([{ x: "1" }, { x: "2" }]),
      Dataset.from([{ x: [1] }, { x: Uint8Array.of(2) }]),
      Dataset.from([{ x: new Date(1) }, { x: undefined }]),
    ];
    const seen = await Promise.all(all.map((each) => each.fingerprint()));
    assert.equal(new Set(seen).size, all.length);
    assert.deepEqual(await Promise.all(all.map((each) => each.fingerprint())), seen);
  });
});
