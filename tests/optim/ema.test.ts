import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, Ema, fromNumbers, Random, tensor, Variable, type Tensor } from "gradlab";
import { refused } from "../refused.js";

const N = 4096;

const start = (): Variable => {
  const random = new Random(3);
  return new Variable(
    fromNumbers(
      Float32Array.from({ length: N }, () => random.normal()),
      [N],
    ),
    "w",
  );
};

/** Five compiled steps; what the averages must be is followed in double precision. */
async function follow(warmup: boolean) {
  const w = start();
  const ema = new Ema([w], { decay: 0.9, warmup });
  const want = Float64Array.from(await w.data(), Number);
  const step = compile((x: Tensor) => {
    w.assign(w.mul(0.9).add(x));
    ema.assign();
    return w.sum();
  });
  for (let n = 0; n < 5; n++) {
    await step(tensor([n / 4]));
    const now = await w.data();
    const kept = warmup ? Math.min(0.9, (1 + n) / (10 + n)) : 0.9;
    want.forEach((e, i) => (want[i] = e + (1 - kept) * (Number(now[i]) - e)));
  }
  return { w, ema, want };
}

for (const warmup of [false, true]) {
  test(`averages follow their definition${warmup ? " with warm-up" : ""}, and swap in and out exactly`, async () => {
    const { w, ema, want } = await follow(warmup);
    const trained = await w.data();
    await ema.swap();
    const averaged = await w.data();
    averaged.forEach((value, i) => assert.ok(Math.abs(Number(value) - want[i]) < 1e-5));
    await ema.swap();
    assert.deepEqual(await w.data(), trained);
    await ema.swap();
    assert.deepEqual(await w.data(), averaged);
  });
}

test("averages are refused updates while they are swapped in", async () => {
  const { ema } = await follow(false);
  await ema.swap();
  await refused("E_CONFIG", () => ema.assign());
  await refused("E_CONFIG", () => ema.state());
  await ema.swap();
  await ema.update();
});

test("a restored average continues bit by bit", async () => {
  const { w, ema } = await follow(true);
  const again = new Ema([w], { decay: 0.9, warmup: true });
  again.restore(await ema.state());
  await Promise.all([ema, again].map((e) => e.update()));
  assert.deepEqual(await again.state(), await ema.state());
  await refused("E_CHECKPOINT_MISMATCH", () => again.restore(new Map()));
});

test("the average of a parameter that is still an expression does not share its memory", async () => {
  const w = new Variable(tensor(new Float32Array(N).fill(2)).mul(3), "w");
  const ema = new Ema([w], { decay: 0.5 });
  const step = compile(() => {
    w.assign(w.mul(0));
    ema.assign();
    return [];
  });
  await step();
  await ema.swap();
  assert.equal((await w.data())[7], 3);
});
