import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clipNorms,
  clipValues,
  compile,
  fromNumbers,
  grad,
  GradientAccumulator,
  Random,
  SGD,
  tensor,
  toNumbers,
  Variable,
  type Tensor,
} from "gradlab";
import { assertClose, computeOn, ENGINES } from "../nn/golden.js";

const gradients = (): Tensor[] => [tensor([3, -4]), tensor([0.3, 0.4])];

for (const { title, engine } of ENGINES) {
  test(`clipNorms and clipValues bound each gradient by itself on ${title}`, async () => {
    const [a, b, c, d] = await computeOn(engine, [
      ...clipNorms(gradients(), 1),
      ...clipValues(gradients(), 0.35),
    ]);
    assertClose("long", a, [0.6, -0.8], 1e-6);
    assertClose("short", b, [0.3, 0.4], 1e-6);
    assertClose("cut", c, [0.35, -0.35], 1e-6);
    assertClose("partly", d, [0.3, 0.35], 1e-6);
  });
}

test("sums over micro-batches, weighed by their share, give the whole batch's step", async () => {
  const random = new Random(1);
  const rows = Array.from({ length: 6 }, () => Float32Array.from({ length: 512 }, () => random.normal()));
  const batch = (from: number, to: number): Tensor =>
    tensor(Float32Array.from(rows.slice(from, to).flatMap((row) => [...row])), { shape: [to - from, 512] });
  const make = () => {
    const w = new Variable(fromNumbers(new Float32Array(512).fill(0.1), [512]), "w");
    return { w, optimizer: new SGD([w], { learningRate: 0.1, momentum: 0.9 }) };
  };
  const lossOf = (w: Variable, x: Tensor): Tensor =>
    x
      .mul(w)
      .tanh()
      .sum()
      .mul(1 / 6);
  const whole = make();
  const parts = make();
  const sums = new GradientAccumulator([parts.w]);
  const wholeStep = compile((x: Tensor) => (whole.optimizer.assign(grad(lossOf(whole.w, x), [whole.w])), []));
  const collect = compile((x: Tensor) => (sums.add(grad(lossOf(parts.w, x), [parts.w])), []));
  const finish = compile(() => sums.take((g) => (parts.optimizer.assign(g), [])));
  for (let i = 0; i < 3; i++) {
    whole.optimizer.advance();
    await wholeStep(batch(0, 6));
    for (const [from, to] of [
      [0, 1],
      [1, 4],
      [4, 6],
    ])
      await collect(batch(from, to));
    parts.optimizer.advance();
    await finish();
  }
  assertClose("weights", toNumbers(await parts.w.array()), toNumbers(await whole.w.array()), 1e-6);
  assert.notEqual((await parts.w.data())[0], Math.fround(0.1));
});

test("sums start again from zero, in place, even behind an overflow", async () => {
  const w = new Variable(fromNumbers(new Float32Array(4096), [4096]), "w");
  const sums = new GradientAccumulator([w]);
  const collect = compile((g: Tensor) => (sums.add([g]), []));
  const finish = compile(() => sums.take(([total]) => total.sum()));
  const feed = async (value: number): Promise<number> => {
    await collect(tensor(new Float32Array(4096).fill(value), { shape: [4096] }));
    return (await finish()).item();
  };
  assert.equal(await feed(1), 4096);
  assert.equal(await feed(Infinity), Infinity);
  assert.equal(await feed(2), 8192);
});
