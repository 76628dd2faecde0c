import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bernoulli,
  capture,
  categorical,
  checkpoint,
  compile,
  dropout,
  foldIn,
  grad,
  normal,
  OnnxEngine,
  ones,
  Random,
  randomBits,
  randomKey,
  randomPermutation,
  ReferenceEngine,
  splitKey,
  tensor,
  toNumbers,
  uniform,
  type Engine,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const ENGINES: readonly Engine[] = [
  new ReferenceEngine(),
  new OnnxEngine(),
  new OnnxEngine({ via: "binding" }),
];

async function on(engine: Engine, tensors: readonly Tensor[]): Promise<Float64Array[]> {
  const graph = capture(tensors);
  const program = await engine.compile(graph);
  const results = await program.run(graph.inputs.map((input) => input.storage!));
  return Promise.all(results.map(async (storage) => toNumbers(await storage.read())));
}

const key = randomKey(42);
const hex = (values: ArrayLike<number>): string[] =>
  Array.from(values, (value) => value.toString(16).padStart(8, "0"));

for (const engine of ENGINES) {
  test(`${engine.constructor.name}: random bits are Philox's published answer`, async () => {
    const [bits] = await on(engine, [randomBits(randomKey(0), [4])]);
    assert.deepEqual(hex(bits), ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
  });

  test(`${engine.constructor.name}: random bits are the numbers of Random with the same seed`, async () => {
    const seed = 123456789012345;
    const host = new Random(seed);
    const [bits] = await on(engine, [randomBits(randomKey(seed), [37, 27])]);
    assert.deepEqual(
      bits,
      Float64Array.from({ length: 999 }, () => host.uint32()),
    );
  });
}

test("bits, uniform numbers, masks, classes and permutations are equal on every engine, to the bit", async () => {
  const rows = tensor([[0, 1, 2, 3]]).expand([500, 4]);
  const drawn = [
    randomBits(key, [1001]),
    uniform(key, [999]),
    bernoulli(key, 0.3, [777]),
    categorical(key, rows),
    randomPermutation(key, 300),
    ...splitKey(key, 3),
    foldIn(key, 7),
  ];
  const [want, ...others] = await Promise.all(ENGINES.map((engine) => on(engine, drawn)));
  for (const got of others) assert.deepEqual(got, want);
});

test("normal numbers are equal on every engine to rounding, and are normal", async () => {
  const [want, ...others] = await Promise.all(ENGINES.map((engine) => on(engine, [normal(key, [20001])])));
  for (const [got] of others) {
    assert.ok(got.every((value, i) => Math.abs(value - want[0][i]) <= 1e-5 * Math.max(1, Math.abs(value))));
  }
  const moment = (power: number): number => want[0].reduce((sum, x) => sum + x ** power, 0) / want[0].length;
  [0, 1, 0, 3].forEach((value, i) =>
    assert.ok(Math.abs(moment(i + 1) - value) < 0.12, `moment ${i + 1}: ${moment(i + 1)}`),
  );
});

test("uniform numbers fill [0, 1) evenly, and other bounds", async () => {
  const values = await uniform(key, [16000]).data();
  const counts = new Array<number>(16).fill(0);
  values.forEach((value: number | bigint) => counts[Math.floor(Number(value) * 16)]++);
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 15 degrees of freedom: 37.7 is passed once in a thousand keys, and this key is fixed.
  assert.ok(chiSquare < 37.7, `χ² ${chiSquare}`);
  const other = toNumbers(await uniform(key, [1000], { low: -3, high: 5 }).array());
  assert.ok(other.every((value) => value >= -3 && value < 5) && other.some((value) => value > 4.5));
});

test("classes are drawn with the probabilities of their logits", async () => {
  const p = [0.1, 0.2, 0.3, 0.4];
  const logits = tensor([p.map(Math.log)]).expand([20000, 4]);
  const drawn = toNumbers(await categorical(key, logits).array());
  p.forEach((wanted, k) => {
    const share = drawn.filter((value) => value === k).length / drawn.length;
    assert.ok(Math.abs(share - wanted) < 0.02, `class ${k}: ${share}`);
  });
  const columns = await categorical(
    key,
    tensor([
      [100, 0],
      [0, 100],
    ]),
    0,
  ).data();
  assert.deepEqual([...columns], [0, 1]);
});

test("keys that were split or folded differ from each other and from their origin's numbers", async () => {
  const keys = [...splitKey(key, 4), foldIn(key, 0), foldIn(key, 1), foldIn(foldIn(key, 0), 1)];
  const [first] = await on(ENGINES[0], [randomBits(key, [14])]);
  const found = (await on(ENGINES[0], keys)).map((pair) => hex(pair).join());
  assert.equal(
    new Set([...found, ...[0, 1, 2].map((i) => hex(first.subarray(2 * i, 2 * i + 2)).join())]).size,
    10,
  );
  const [a, b] = await on(ENGINES[0], [foldIn(key, 7), foldIn(key, tensor(7, { dtype: "int32" }))]);
  assert.deepEqual(a, b);
});

test("dropout zeroes its share, keeps the mean, and its gradient has the same mask", async () => {
  const x = ones([200, 50]);
  const leaf = tensor(new Float32Array(10000).fill(1), { shape: [200, 50] });
  const y = dropout(leaf, 0.25, key);
  const [values, slopes] = await on(ENGINES[1], [y, grad(y.sum(), [leaf])[0]]);
  assert.deepEqual(values, slopes);
  assert.deepEqual(new Set(values), new Set([0, Math.fround(4 / 3)]));
  const dropped = values.filter((value) => value === 0).length / values.length;
  assert.ok(Math.abs(dropped - 0.25) < 0.02, String(dropped));
  assert.equal(dropout(x, 0, key), x);
});

test("a gradient that computes dropout again sees the same mask, in one compiled step", async () => {
  const leaf = tensor(Float32Array.from({ length: 3000 }, (_, i) => i / 1000 - 1));
  const block = (k: Tensor) => (x: Tensor) => dropout(x.exp(), 0.5, k).square();
  const step = compile((x: Tensor, k: Tensor) => ({
    plain: grad(block(k)(x).sum(), [x])[0],
    again: grad(checkpoint((z: Tensor) => block(k)(z))(x).sum(), [x])[0],
  }));
  for (const seed of [1, 2]) {
    const { plain, again } = await step(leaf, randomKey(seed));
    const [want, got] = await Promise.all([plain.data(), again.data()]);
    assert.deepEqual(got, want);
    assert.ok(want.includes(0 as never) && want.some((slope: number | bigint) => slope !== 0));
  }
});

test("a compiled step draws anew for each key it is given", async () => {
  const draw = compile((k: Tensor) => uniform(k, [3000]));
  const [a, again, b] = await Promise.all(
    [1, 1, 2].map(async (seed) => (await draw(randomKey(seed))).data()),
  );
  assert.deepEqual(a, again);
  assert.notDeepEqual(a, b);
});

test("what is no key, rate or probability is refused", async () => {
  const wrong = await refused("E_DTYPE", () => uniform(tensor([1, 2]), [3]));
  assert.match(wrong.message, /float32\[2\][^]*randomKey/);
  await refused("E_DTYPE", () => randomBits(tensor([1, 2, 3], { dtype: "uint32" }), [3]));
  await refused("E_CONFIG", () => dropout(ones([2]), 1, key));
  await refused("E_CONFIG", () => bernoulli(key, 1.5, [2]));
});
