import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

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
