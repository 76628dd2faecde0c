import assert from "node:assert/strict";
import { test } from "node:test";
import { DISPLAY, formatArray, hostArray, summarizeArray, tensor } from "gradlab";

interface Summary {
  readonly shape: readonly number[];
  readonly stats: { min: number; max: number; mean: number; std: number; notFinite: number };
  readonly histogram: { low: number; high: number; counts: number[] };
  readonly slices: {
    index: number[];
    rows: number;
    columns: number;
    rowStep: number;
    values: (number | null)[];
  }[];
}

const summarize = (values: Float32Array, shape: number[]): Summary =>
  summarizeArray(hostArray(values, shape)) as unknown as Summary;

test("statistics are over all finite values", () => {
  const { stats, histogram } = summarize(Float32Array.of(1, 2, 3, 4, NaN, Infinity), [6]);
  assert.deepEqual(stats, { min: 1, max: 4, mean: 2.5, std: Math.sqrt(1.25), notFinite: 2 });
  assert.equal(
    histogram.counts.reduce((a, b) => a + b, 0),
    4,
  );
  assert.deepEqual(
    [histogram.low, histogram.high, histogram.counts[0], histogram.counts.at(-1)],
    [1, 4, 1, 1],
  );
  const large = summarize(new Float32Array(1000).fill(1e6), [1000]);
  assert.equal(large.stats.std, 0);
});

test("what is carried is capped, whatever the size", () => {
  for (const shape of [[2, 3], [500, 700], [100_000], [1, 90_000], [64, 64, 64], [2, 3, 4, 5]]) {
    const size = shape.reduce((a, b) => a * b, 1);
    const summary = summarize(
      Float32Array.from({ length: size }, (_, i) => i / 7),
      shape,
    );
    const carried = summary.slices.reduce((sum, { values }) => sum + values.length, 0);
    assert.ok(carried <= 4096, `${shape.join("×")}: ${carried}`);
    for (const { rows, columns, values } of summary.slices) assert.equal(values.length, rows * columns);
  }
  const [slice] = summarize(
    Float32Array.from({ length: 96 * 2 }, (_, i) => i),
    [96, 2],
  ).slices;
  assert.deepEqual([slice.rows, slice.columns, slice.rowStep], [48, 2, 2]);
  assert.deepEqual(slice.values.slice(0, 4), [0, 1, 4, 5]);
});

test("leading axes give one slice each", () => {
  const { slices } = summarize(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [2, 3, 2],
  );
  assert.deepEqual(
    slices.map(({ index, values }) => [index, values[0]]),
    [
      [[0], 0],
      [[1], 6],
    ],
  );
});

test("a tensor shows its summary beside its text; a scalar its text alone", async () => {
  const bundle = await (
    tensor([
      [1, 2],
      [3, 4],
    ]) as unknown as Record<symbol, () => Promise<Record<string, unknown>>>
  )[DISPLAY]();
  assert.deepEqual(Object.keys(bundle), ["application/vnd.gradlab.tensor+json", "text/plain"]);
  assert.equal(bundle["text/plain"], formatArray(hostArray(Float32Array.of(1, 2, 3, 4), [2, 2])));
  const scalar = await (tensor(1) as unknown as Record<symbol, () => Promise<Record<string, unknown>>>)[
    DISPLAY
  ]();
  assert.deepEqual(Object.keys(scalar), ["text/plain"]);
});
