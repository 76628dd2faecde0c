import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkpoint,
  compile,
  Dropout,
  foldIn,
  grad,
  ones,
  randomKey,
  Scope,
  tensor,
  TransformerBlock,
  type Tensor,
} from "gradlab";
import { refused } from "../refused.js";

const x = tensor(
  Float32Array.from({ length: 2 * 6 * 32 }, (_, i) => Math.sin(i)),
  { shape: [2, 6, 32] },
);

test("dropout zeroes its share and keeps the mean, in training only", async () => {
  const layer = new Dropout(0.25);
  const y = (await layer.forward(ones([200, 100]), randomKey(3)).data()) as Float32Array;
  const dropped = y.filter((value) => value === 0).length / y.length;
  assert.ok(Math.abs(dropped - 0.25) < 0.01, `${dropped}`);
  assert.ok(Math.abs(y.reduce((sum, v) => sum + v, 0) / y.length - 1) < 0.02);
  assert.ok(
    (
      await layer
        .eval()
        .forward(ones([50]))
        .data()
    ).every((value) => value === 1),
  );
  await refused("E_CONFIG", () => layer.train().forward(x));
  await refused("E_CONFIG", () => new Dropout(1));
});

const block = new TransformerBlock(new Scope("", 1), { width: 32, heads: 2, dropout: 0.3 });
const run = (pass: (h: Tensor, key: Tensor) => Tensor): ((key: Tensor) => Promise<Tensor[]>) =>
  compile((key: Tensor) => {
    const y = pass(x, key);
    return [y, ...grad(y.mul(y).sum(), block.parameters())];
  });

test("one key gives one mask: the same outputs and gradients again, other ones for another key or step", async () => {
  const step = run((h, key) => block.forward(h, { key }));
  const at = async (key: Tensor) => Promise.all((await step(key)).map((t) => t.data()));
  assert.deepEqual(await at(randomKey(1)), await at(randomKey(1)));
  assert.notDeepEqual((await at(randomKey(1)))[0], (await at(randomKey(2)))[0]);
  assert.notDeepEqual((await at(foldIn(randomKey(1), 1)))[0], (await at(foldIn(randomKey(1), 2)))[0]);
});

test("a recomputed block sees the same mask", async () => {
  const plain = run((h, key) => block.forward(h, { key }));
  const again = run(checkpoint((h: Tensor, key: Tensor) => block.forward(h, { key })));
  const [want, got] = [await plain(randomKey(5)), await again(randomKey(5))];
  for (const [i, t] of got.entries()) assert.deepEqual(await t.data(), await want[i].data());
});

test("without dropout's mode a block needs no key and equals the block without dropout", async () => {
  const without = new TransformerBlock(new Scope("", 1), { width: 32, heads: 2 });
  block.eval();
  assert.deepEqual(await block.forward(x).data(), await without.forward(x).data());
  block.train();
  await refused("E_CONFIG", () => block.forward(x));
});
