import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { OnnxEngine, gather, grad, mul, sum, tensor, useEngine } from "gradlab";

interface Trained {
  readonly losses: readonly number[];
  readonly parameters: string;
}

/** A training run in a process of its own. */
async function train(threads: number, seed: number): Promise<Trained> {
  const script = join(import.meta.dirname, "children", "train-transformer.js");
  const { stdout } = await promisify(execFile)(process.execPath, [script, String(threads), String(seed)]);
  return JSON.parse(stdout) as Trained;
}

test("a training run gives the same bits again, on one, two and four threads; another seed gives others", async () => {
  const first = await train(1, 7);
  assert.equal(first.losses.length, 5);
  assert.ok(first.losses.every(Number.isFinite) && first.losses[4] !== first.losses[0]);
  assert.deepEqual(await train(1, 7), first);
  assert.deepEqual(await train(2, 7), first);
  assert.deepEqual(await train(4, 7), first);
  const other = await train(2, 8);
  assert.notEqual(other.parameters, first.parameters);
  assert.notDeepEqual(other.losses, first.losses);
});

test("the gradient of a large table whose rows are read often is the same on one and two threads, again and again", async () => {
  const [rows, width, reads] = [64, 512, 4096];
  const number = (i: number): number => Math.sin(i * 12.9898) * 43758.5453;
  const noise = (i: number): number => number(i) - Math.floor(number(i)) - 0.5;
  const index = tensor(Int32Array.from({ length: reads }, (_, i) => Math.floor((noise(i) + 0.5) * rows)));
  const upstream = tensor(
    Float32Array.from({ length: reads * width }, (_, i) => noise(i)),
    {
      shape: [reads, width],
    },
  );
  const gradient = async (threads: number): Promise<unknown> => {
    useEngine(new OnnxEngine({ threads }));
    const table = tensor(new Float32Array(rows * width), { shape: [rows, width] });
    return grad(sum(mul(gather(table, index), upstream)), [table])[0].data();
  };
  const first = await gradient(1);
  for (let again = 0; again < 5; again++) assert.deepEqual(await gradient(2), first);
});
