import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MasterWeights,
  fromNumbers,
  Random,
  tensor,
  Variable,
  zerosArray,
  decodeBlocks,
  encodeBlocks,
  AdamW8bit,
} from "gradlab";
import { documented, OPTIMIZERS } from "./make.js";

const SIZE = 256;
const matrix = (): Variable => new Variable(zerosArray([SIZE, SIZE]), "w");

/** Bytes of state for each parameter of a matrix of 256 × 256. */
const BYTES: Readonly<Record<string, number>> = {
  sgd: 0,
  "sgd with momentum": 4,
  adam: 8,
  adamw: 8,
  adamw8bit: 2 + 8 / 256,
  lion: 4,
  adafactor: 8 / 256,
  muon: 4,
  rmsprop: 4,
  adagrad: 4,
};

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`${name} holds ${BYTES[name]} bytes of state a parameter, as its memory() says before and after a step`, async () => {
    const optimizer = make([matrix()], { learningRate: 1e-3 });
    assert.equal(optimizer.memory().bytesPerParameter, BYTES[name]);
    await optimizer.update([tensor(new Float32Array(SIZE * SIZE).fill(0.1), { shape: [SIZE, SIZE] })]);
    const { moments } = await optimizer.state();
    const held = [...moments.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    assert.equal(held, optimizer.memory().bytes);
    assert.equal(held / SIZE ** 2, BYTES[name]);
  });
}

test("docs/training.md states the bytes that the optimizers hold", () => {
  const wanted: Record<string, number> = { ...BYTES, sgd: BYTES["sgd with momentum"] };
  for (const [name, { bytes }] of documented()) assert.equal(bytes, Number(wanted[name].toFixed(2)), name);
});

test("small parameters keep 32-bit state under the 8-bit AdamW", () => {
  assert.equal(new AdamW8bit([new Variable(zerosArray([63, 65]), "w")]).memory().bytesPerParameter, 8);
  assert.ok(new AdamW8bit([new Variable(zerosArray([64, 64]), "w")]).memory().bytesPerParameter < 2.04);
});

/** The signed dynamic tree map of 8 bits (Dettmers 2016): a leading-zero exponent and a linear fraction. */
function dynamicTree(): number[] {
  const codes = [0];
  for (let exponent = 0; exponent < 7; exponent++) {
    const steps = 2 ** (6 - exponent);
    for (let i = 0; i < steps; i++) codes.push(10 ** -exponent * (0.1 + (0.9 * (i + 0.5)) / steps));
  }
  return codes.concat(codes.map((code) => -code));
}

test("codes linear in the fourth root lose no more than the dynamic tree map on normal values", async () => {
  const random = new Random(5);
  const x = Float32Array.from({ length: 64 * 256 }, () => random.normal() * Math.exp(random.normal()));
  const coded = encodeBlocks(tensor(x), 256, "signed");
  const got = await decodeBlocks(coded, [x.length], "signed").data();
  const tree = dynamicTree();
  const error = { fourth: 0, tree: 0 };
  for (let block = 0; block < x.length; block += 256) {
    const top = x.subarray(block, block + 256).reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    for (let i = block; i < block + 256; i++) {
      const nearest = tree.reduce((best, c) =>
        Math.abs(c - x[i] / top) < Math.abs(best - x[i] / top) ? c : best,
      );
      error.fourth += Math.abs(Number(got[i]) - x[i]) / Math.abs(x[i]);
      error.tree += Math.abs(nearest * top - x[i]) / Math.abs(x[i]);
    }
  }
  assert.ok(error.fourth < error.tree, JSON.stringify(error));
  assert.ok(error.fourth / x.length < 0.05);
});

test("master weights keep updates that bfloat16 alone would lose, and say what they hold", async () => {
  for (const dtype of ["bfloat16", "float16"] as const) {
    const working = new Variable(fromNumbers(new Float32Array(512).fill(1), [512], dtype), "w");
    const weights = new MasterWeights([working]);
    assert.deepEqual(weights.memory(), { working: 1024, masters: 2048 });
    const [master] = weights.masters;
    for (let i = 0; i < 32; i++) {
      master.assign(master.sub(2 ** -13));
      await weights.update();
      await master.settle();
    }
    assert.equal(Number((await working.cast("float32").data())[0]), 1 - 2 ** -8, dtype);
  }
});
