import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchLoader, Dataset, packTokens, permutation, splitRows, type BatchLoaderOptions } from "gradlab";

const items = Array.from({ length: 23 }, (_, i) => i);

const take = <T>(loader: BatchLoader<T>, count: number): T[][] =>
  Array.from({ length: count }, () => [...loader.next().items]);

void test("an epoch holds every item once, and each epoch another order", () => {
  const loader = new BatchLoader(items, { batchSize: 4, seed: 1 });
  assert.equal(loader.stepsPerEpoch, 6);
  const first = [...loader.rest()].flatMap((batch) => batch.items);
  const second = [...loader.rest()].flatMap((batch) => batch.items);
  assert.equal(loader.epoch, 2);
  assert.deepEqual(
    first.toSorted((a, b) => a - b),
    items,
  );
  assert.deepEqual(
    second.toSorted((a, b) => a - b),
    items,
  );
  assert.notDeepEqual(first, second);
  assert.notDeepEqual(first, items);
  const other = [...new BatchLoader(items, { batchSize: 4, seed: 2 }).rest()].flatMap((batch) => batch.items);
  assert.notDeepEqual(first, other);
});

void test("resumes exactly at every point, through JSON", () => {
  for (const options of [
    { dropLast: true },
    { dropLast: false },
    { shuffle: false },
  ] satisfies Partial<BatchLoaderOptions>[])
    for (let before = 0; before < 14; before++) {
      const loader = new BatchLoader(items, { batchSize: 4, seed: 9, ...options });
      take(loader, before);
      const state: unknown = JSON.parse(JSON.stringify(loader.state()));
      const resumed = BatchLoader.fromState(items, state as ReturnType<typeof loader.state>);
      assert.deepEqual(take(resumed, 15), take(loader, 15));
      assert.deepEqual(resumed.state(), loader.state());
    }
});

void test("dropLast leaves out the rest and counts it", () => {
  const loader = new BatchLoader(items, { batchSize: 4, dropLast: true });
  assert.equal(loader.stepsPerEpoch, 5);
  assert.equal(loader.droppedPerEpoch, 3);
  assert.ok([...loader.rest()].every((batch) => batch.items.length === 4));
  assert.equal(new BatchLoader(items, { batchSize: 4 }).droppedPerEpoch, 0);
});

void test("processes share every step without overlap", () => {
  const worldSize = 3;
  const loaders = [0, 1, 2].map(
    (rank) => new BatchLoader(items, { batchSize: 2, seed: 5, shard: { rank, worldSize } }),
  );
  const seen = loaders.flatMap((loader) => [...loader.rest()].flatMap((batch) => batch.items));
  assert.equal(seen.length, 18);
  assert.equal(new Set(seen).size, 18);
  assert.equal(loaders[0].droppedPerEpoch, 5);
  const whole = new BatchLoader(items, { batchSize: 6, seed: 5, dropLast: true }).next().items;
  const again = [0, 1, 2].flatMap((rank) => [
    ...new BatchLoader(items, { batchSize: 2, seed: 5, shard: { rank, worldSize } }).next().items,
  ]);
  assert.deepEqual(again, whole);
});

void test("serves packed windows", () => {
  const windows = packTokens(
    Int32Array.from({ length: 41 }, (_, i) => i),
    4,
  );
  const loader = new BatchLoader(windows, { batchSize: 3, seed: 3, dropLast: true });
  const { indices, items: views } = loader.next();
  const batch = windows.batch(indices);
  views.forEach((view, row) =>
    assert.deepEqual(view.slice(0, 4), batch.inputIds.slice(row * 4, row * 4 + 4)),
  );
});

void test("what cannot work is refused", () => {
  const make =
    (options: BatchLoaderOptions, of: readonly number[] = items) =>
    () =>
      new BatchLoader(of, options);
  assert.throws(make({ batchSize: 0 }), { code: "E_CONFIG" });
  assert.throws(make({ batchSize: 1.5 }), { code: "E_CONFIG" });
  assert.throws(make({ batchSize: 2, seed: -1 }), { code: "E_CONFIG" });
  assert.throws(make({ batchSize: 2, shard: { rank: 2, worldSize: 2 } }), { code: "E_CONFIG" });
  assert.throws(make({ batchSize: 2 }, []), { code: "E_DATA_EMPTY" });
  assert.throws(make({ batchSize: 24, dropLast: true }), { code: "E_DATA_EMPTY" });
  const state = new BatchLoader(items, { batchSize: 4 }).state();
  assert.throws(() => BatchLoader.fromState([1, 2], state), { code: "E_CHECKPOINT_MISMATCH" });
  assert.throws(() => BatchLoader.fromState(items, state, { shard: { rank: 0, worldSize: 2 } }), {
    code: "E_CHECKPOINT_MISMATCH",
  });
});

void test("every place is equally likely in a permutation", () => {
  const counts = new Float64Array(25);
  for (let stream = 0; stream < 5000; stream++)
    permutation(5, 7, stream).forEach((value, at) => counts[at * 5 + value]++);
  // Chi-square with 16 degrees of freedom: above 39.25 in one of a thousand fair generators.
  const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chi < 39.25, `chi-square ${chi}`);
  assert.deepEqual([...permutation(5, 7, 1)], [...permutation(5, 7, 1)]);
});

void test("a split is exact, disjoint also in texts, seeded and keeps the order", async () => {
  const { train, test: held } = splitRows(items, { fraction: 0.2, seed: 4 });
  assert.equal(held.length, 5);
  assert.deepEqual(
    [...train, ...held].toSorted((a, b) => a - b),
    items,
  );
  assert.deepEqual(
    train,
    train.toSorted((a, b) => a - b),
  );
  assert.deepEqual(splitRows(items, { fraction: 0.2, seed: 4 }).test, held);
  assert.notDeepEqual(splitRows(items, { fraction: 0.2, seed: 5 }).test, held);
  assert.equal(splitRows([1, 2], { fraction: 0.01 }).test.length, 1);
  // Equal texts are in one part, whichever way they are written; with Dataset.split they stand in one order.
  const rows = Array.from({ length: 400 }, (_, i) => ({ text: `row ${i % 100}`, n: i })).map((row, i) =>
    i % 2 ? row : { ...row, text: ` ${row.text.replace(" ", "\n ")}` },
  );
  const parts = splitRows(rows, { fraction: 0.25, seed: 3 });
  const textsOf = (part: readonly { text: string }[]): Set<number> =>
    new Set(part.map(({ text }) => Number(text.replace("row", ""))));
  assert.equal(parts.test.length, 100);
  assert.ok([...textsOf(parts.test)].every((text) => !textsOf(parts.train).has(text)));
  const same = await Dataset.from(rows).split({ train: 0.75, test: 0.25 }, { seed: 3 }).test.toArray();
  const [fewer, more] = [parts.test, same].sort((a, b) => a.length - b.length).map(textsOf);
  assert.ok([...fewer].every((text) => more.has(text)) && more.size - fewer.size < 15);
  assert.throws(() => splitRows(["a", " a "], { fraction: 0.5 }), { code: "E_DATA_EMPTY" });
  assert.throws(() => splitRows(items, { fraction: 1 }), { code: "E_CONFIG" });
  assert.throws(() => splitRows([1], { fraction: 0.5 }), { code: "E_DATA_EMPTY" });
});

test("rows of like length share a batch, and every row still comes once an epoch", () => {
  const lengths = Array.from({ length: 203 }, (_, i) => ({ id: i, length: (i * 37) % 101 }));
  const spread = (items: readonly { length: number }[]): number =>
    Math.max(...items.map(({ length }) => length)) - Math.min(...items.map(({ length }) => length));
  const run = (lengthOf?: (item: { length: number }) => number): { ids: number[]; spread: number } => {
    const loader = new BatchLoader(lengths, { batchSize: 10, seed: 4, ...(lengthOf ? { lengthOf } : {}) });
    const batches = [...loader.rest()].map(({ items }) => items);
    return {
      ids: batches.flat().map(({ id }) => id),
      spread: batches.reduce((sum, items) => sum + spread(items), 0) / batches.length,
    };
  };
  const grouped = run(({ length }) => length);
  assert.deepEqual(
    [...grouped.ids].sort((a, b) => a - b),
    lengths.map(({ id }) => id),
  );
  assert.ok(grouped.spread < run().spread / 4, `${grouped.spread} against ${run().spread}`);
  assert.deepEqual(run(({ length }) => length).ids, grouped.ids);
  assert.notDeepEqual(
    grouped.ids,
    [...grouped.ids].sort((a, b) => lengths[a].length - lengths[b].length),
  );
});
