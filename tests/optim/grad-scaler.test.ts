import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AdamW,
  compile,
  fromNumbers,
  grad,
  GradScaler,
  Random,
  tensor,
  Variable,
  type Tensor,
} from "gradlab";

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

function scaledTrainer(clipNorm: number) {
  const w = start();
  const optimizer = new AdamW([w], { learningRate: 0.01 });
  const scaler = new GradScaler({ initialScale: 1024, growthInterval: 3 });
  const run = compile((x: Tensor) => {
    const gradients = grad(scaler.scaleLoss(w.mul(x).tanh().sum()), [w]);
    return scaler.assign(optimizer, gradients, { clipNorm });
  });
  const step = async (x: number) => {
    optimizer.advance();
    const { finite, norm } = await run(tensor([x]));
    return { made: await scaler.settle(optimizer, finite), norm: await norm.item() };
  };
  return { w, optimizer, scaler, step };
}

async function plain(xs: readonly number[]) {
  const w = start();
  const optimizer = new AdamW([w], { learningRate: 0.01 });
  const run = compile((x: Tensor) => {
    optimizer.assign(grad(w.mul(x).tanh().sum(), [w]));
    return [];
  });
  for (const x of xs) {
    optimizer.advance();
    await run(tensor([x]));
  }
  return { weights: await w.data(), ...(await optimizer.state()) };
}

for (const bad of [Infinity, NaN]) {
  test(`a step with a gradient of ${bad} changes nothing but the scale, and training goes on as if it had not been`, async () => {
    const { w, optimizer, scaler, step } = scaledTrainer(Infinity);
    const good = [0.5, 0.25, -0.5, 0.125];
    const made = [];
    for (const x of [0.5, bad, 0.25, -0.5, bad, 0.125]) made.push((await step(x)).made);
    assert.deepEqual(made, [true, false, true, true, false, true]);
    const want = await plain(good);
    // The scale is a power of two, so that unscaling is exact.
    assert.deepEqual(await w.data(), want.weights);
    assert.deepEqual(await optimizer.state(), { step: want.step, moments: want.moments });
    assert.deepEqual(await scaler.state(), { scale: 256, good: 1 });
  });
}

test("the scale grows after the interval of good steps, and a restored scaler goes on", async () => {
  const { scaler, step } = scaledTrainer(1);
  const scales = [];
  for (const x of [0.1, 0.1, 0.1, 0.1, Infinity, 0.1, 0.1, 0.1]) {
    await step(x);
    scales.push((await scaler.state()).scale);
  }
  assert.deepEqual(scales, [1024, 1024, 2048, 2048, 1024, 1024, 1024, 2048]);
  scaler.restore({ scale: 8, good: 2 });
  await step(0.1);
  assert.deepEqual(await scaler.state(), { scale: 16, good: 0 });
});

test("the norm is that of the unscaled gradients, even where the squares of the scaled ones overflow", async () => {
  const { scaler, step } = scaledTrainer(1);
  scaler.restore({ scale: 2 ** 70, good: 0 });
  const { made, norm } = await step(1e-3);
  assert.ok(made);
  assert.ok(Math.abs(norm - 1e-3 * Math.sqrt(N)) < 1e-4, String(norm));
});
