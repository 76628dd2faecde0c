import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Dataset, Random, type DatasetState } from "gradlab";
import { temporaryFolder } from "./temporary.js";

const write = temporaryFolder();
const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
const sorted = (rows: readonly number[]): number[] => [...rows].sort((a, b) => a - b);

/** From the state before every row, through JSON, the rest must follow as it does without a stop. */
async function resumesAnywhere(data: Dataset<unknown>): Promise<number> {
  const all = await data.toArray();
  const states: DatasetState[] = [];
  const rows = data[Symbol.asyncIterator]();
  for (let i = 0; i <= all.length; i++) {
    states.push(JSON.parse(JSON.stringify(rows.state())) as DatasetState);
    const { done, value } = await rows.next();
    if (i < all.length) assert.deepEqual(value, all[i]);
    else assert.equal(done, true);
  }
  for (const [i, state] of states.entries()) {
    assert.equal(state.rows, i);
    const rest: unknown[] = [];
    const resumed = data.resume(state);
    assert.deepEqual(
      JSON.parse(JSON.stringify(resumed.state())),
      state,
      "an unused resume is the same place",
    );
    for await (const row of resumed) {
      rest.push(row);
      // A state of a resumed iteration is as good as one of the first.
      if (rest.length === 2) {
        const again: unknown[] = [];
        for await (const later of data.resume(JSON.parse(JSON.stringify(resumed.state())) as DatasetState))
          again.push(later);
        assert.deepEqual(again, all.slice(i + 2));
      }
    }
    assert.deepEqual(rest, all.slice(i), `resumed at row ${i}`);
  }
  return all.length;
}

/** A pipeline of random operators over numbers, its text for messages. */
function randomPipeline(
  random: Random,
  data: Dataset<number>,
  depth: number,
): { data: Dataset<number>; text: string } {
  let text = "";
  for (let i = 0; i < depth; i++) {
    const n = random.integer(7);
    const seed = random.integer(1000);
    const steps: readonly (readonly [string, () => Dataset<number>])[] = [
      ["map", () => data.map((x, at) => 3 * x + at)],
      ["filter", () => data.filter((x, at) => (x + at) % 3 !== 0)],
      [`shuffle(${n + 1})`, () => data.shuffle({ buffer: n + 1, seed })],
      [`shard(${n + 1})`, () => data.shard(n + 1, seed % (n + 1))],
      [`take(${3 * n})`, () => data.take(3 * n)],
      [`skip(${n})`, () => data.skip(n)],
      ["concat", () => data.concat(Dataset.from(range(n, 100)))],
      [
        "interleave",
        () =>
          data.interleave([Dataset.from(range(n, 200)).shuffle({ buffer: 3, seed })], {
            weights: [2, 1],
            seed,
          }),
      ],
      ["interleave first", () => data.interleave([Dataset.from(range(9, 300))], { seed, stop: "first" })],
      ["batch", () => data.batch(n + 1).map((rows) => rows.reduce((sum, x) => sum + x, 0))],
      ["groupBy", () => data.groupBy((x) => x % (n + 1)).map(({ rows }) => rows[0] ?? -1)],
    ];
    const [name, step] = steps[random.integer(steps.length)];
    data = step();
    text += `.${name}`;
  }
  return { data, text };
}

void describe("laws", () => {
  test("shuffle is a permutation, the same for a seed, another for another", async () => {
    for (const [n, buffer] of [
      [0, 4],
      [1, 1],
      [50, 1],
      [50, 7],
      [50, 50],
      [50, 1000],
    ]) {
      const data = Dataset.from(range(n));
      const rows = await data.shuffle({ buffer, seed: 3 }).toArray();
      assert.deepEqual(sorted(rows), range(n));
      assert.deepEqual(await data.shuffle({ buffer, seed: 3 }).toArray(), rows);
      if (buffer > 1 && n > 1) assert.notDeepEqual(await data.shuffle({ buffer, seed: 4 }).toArray(), rows);
      // No row comes more than a buffer early.
      assert.ok(rows.every((row, at) => row - at < buffer));
    }
  });

  test("a shuffle whose buffer holds all rows gives every order alike (χ² over 4! orders)", async () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 2400; seed++) {
      const order = (await Dataset.from(range(4)).shuffle({ buffer: 4, seed }).toArray()).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    // The 99.9% point of χ² with 23 degrees of freedom.
    assert.ok(chi2 < 49.73, `χ² = ${chi2}`);
  });

  test("shards partition the rows", async () => {
    for (const count of [1, 2, 3, 7, 30]) {
      const data = Dataset.from(range(23));
      const parts = await Promise.all(range(count).map((index) => data.shard(count, index).toArray()));
      assert.deepEqual(sorted(parts.flat()), range(23));
      assert.ok(
        Math.max(...parts.map(({ length }) => length)) - Math.min(...parts.map(({ length }) => length)) <= 1,
      );
    }
  });

  test("interleave gives every row once, each part in its order, by the weights", async () => {
    const a = Dataset.from(range(3000));
    const b = Dataset.from(range(1000, 10_000));
    const rows = await a.interleave([b], { weights: [3, 1], seed: 5 }).toArray();
    assert.deepEqual(
      rows.filter((x) => x < 3000),
      range(3000),
    );
    assert.deepEqual(
      rows.filter((x) => x >= 10_000),
      range(1000, 10_000),
    );
    // Binomial(2000, 3/4): 1500 ± 4 · 19.4.
    const share = rows.slice(0, 2000).filter((x) => x < 3000).length;
    assert.ok(Math.abs(share - 1500) < 78, `${share} of 2000`);
    const short = await Dataset.from(range(2)).interleave([b], { seed: 1, stop: "first" }).toArray();
    assert.deepEqual(
      short.filter((x) => x < 2),
      [0, 1],
    );
    assert.ok(short.length < 100);
  });

  test("take and skip cut without a gap, map of a composition is a composition of maps", async () => {
    const data = Dataset.from(range(17)).shuffle({ buffer: 5, seed: 2 });
    const all = await data.toArray();
    for (const n of range(20)) assert.deepEqual(await data.take(n).concat(data.skip(n)).toArray(), all);
    const once = await data.map((x) => 2 * (x + 1)).toArray();
    assert.deepEqual(
      await data
        .map((x) => x + 1)
        .map((x) => 2 * x)
        .toArray(),
      once,
    );
    assert.deepEqual((await data.batch(4).toArray()).flat(), all);
  });
});

void describe("resume", () => {
  const jsonl = range(40)
    .map((i) => `${i % 7 === 0 ? "\n" : ""}{"i":${i},"t":"ü😀"}`)
    .join("\r\n");
  const csv = `i,t\n${range(40)
    .map((i) => `${i},"two\nlines ""${i}"""`)
    .join("\n")}\n`;

  for (const [name, content] of [
    ["rows.jsonl", jsonl],
    ["bom.jsonl", `\ufeff${jsonl}`],
    ["rows.csv", csv],
    ["rows.tsv", csv.replaceAll(",", "\t")],
    ["rows.txt", jsonl],
    ["rows.json", JSON.stringify(range(40))],
  ] as const) {
    test(`at every row of ${name} and ${name}.gz`, async () => {
      assert.ok((await resumesAnywhere(Dataset.from(write(name, content)))) >= 40);
      assert.ok((await resumesAnywhere(Dataset.from(write(`${name}.gz`, gzipSync(content))))) >= 40);
    });
  }

  test("at every row of 150 random pipelines of all operators", async (t) => {
    const random = new Random(20_261_130);
    let rows = 0;
    for (let i = 0; i < 150; i++) {
      const start = Dataset.from(range(random.integer(40)));
      const { data, text } = randomPipeline(random, start, 1 + random.integer(5));
      try {
        rows += await resumesAnywhere(data);
      } catch (error) {
        throw new Error(`pipeline ${i}: ${text}`, { cause: error });
      }
    }
    t.diagnostic(`${rows} places`);
    assert.ok(rows > 1000);
  });

  test("over a file, through shuffle and interleave, and over rows of a function", async () => {
    const path = write("mixed.jsonl", jsonl);
    const mixed = Dataset.from<{ i: number }>(path)
      .map(({ i }) => i)
      .shuffle({ buffer: 8, seed: 1 })
      .interleave([Dataset.from(() => range(20, 500))], { weights: [2, 1], seed: 3 })
      .shuffle({ buffer: 5, seed: 9 })
      .batch(3);
    await resumesAnywhere(mixed);
  });

  test("a state of a shuffle is small whatever the rows, and rereads little", async () => {
    let read = 0;
    const data = Dataset.from(() => range(20_000)).map((x) => {
      read++;
      return { x, text: "long ".repeat(100) };
    });
    const shuffled = data.shuffle({ buffer: 100, seed: 1 });
    const rows = shuffled[Symbol.asyncIterator]();
    for (let i = 0; i < 15_000; i++) await rows.next();
    const state = JSON.stringify(rows.state());
    assert.ok(state.length < 2000, `${state.length} characters`);
    read = 0;
    const resumed = shuffled.resume(JSON.parse(state) as DatasetState);
    assert.deepEqual(await resumed.next(), await rows.next());
    // Rows wait in a buffer of B for about B draws, the oldest of them about B·ln B.
    assert.ok(read < 2000, `${read} rows read again`);
  });

  test("a state of other operators, or of a file that changed, is refused", async () => {
    const path = write("changed.jsonl", "1\n2\n3\n");
    const data = Dataset.from<number>(path);
    const rows = data[Symbol.asyncIterator]();
    await rows.next();
    const state = rows.state();
    assert.throws(() => data.skip(1).resume(state), { code: "E_CHECKPOINT_MISMATCH" });
    assert.throws(() => data.map((x) => x).resume(state), { code: "E_CHECKPOINT_MISMATCH" });
    write("changed.jsonl", "1\n2\n3\n4\n");
    await assert.rejects(data.resume(state).next(), { code: "E_CHECKPOINT_MISMATCH" });
  });
});
