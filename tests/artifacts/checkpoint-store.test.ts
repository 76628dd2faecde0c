import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CheckpointStore, readText, writeFileAtomic } from "gradlab";
import { refused } from "../refused.js";
import { scratch } from "./scratch.js";

const write = (text: string) => async (dir: string) => {
  await writeFileAtomic(join(dir, "model.bin"), text);
  await writeFileAtomic(join(dir, "optim", "state.bin"), text + text);
};

test("the newest checkpoint comes back with what was noted", async (t) => {
  const store = new CheckpointStore(join(await scratch(t), "runs"));
  assert.deepEqual(await store.latestValid(), { checkpoint: undefined, skipped: [] });
  for (const step of [9, 100, 20]) await store.save(step, write(`at ${step}`), { meta: { loss: 1 / step } });
  assert.deepEqual(await store.steps(), [9, 20, 100]);
  const { checkpoint, skipped } = await store.latestValid();
  assert.equal(checkpoint?.step, 100);
  assert.deepEqual(checkpoint.meta, { loss: 0.01 });
  assert.deepEqual(skipped, []);
  assert.equal(await readText(join(checkpoint.path, "model.bin")), "at 100");
});

test("damaged checkpoints are skipped, each with its reason", async (t) => {
  const store = new CheckpointStore(await scratch(t));
  const file = (step: number, name: string): string => join(store.pathOf(step), name);
  for (const step of [1, 2, 3, 4, 5, 6, 7]) await store.save(step, write("abcdef"));
  await writeFile(file(2, "model.bin"), "abcdeX");
  await writeFile(file(3, "model.bin"), "abc");
  await rm(file(4, "optim/state.bin"));
  await rm(file(5, "manifest.json"));
  await writeFile(file(6, "manifest.json"), '{"version": 1, "fil');
  await rm(store.pathOf(7), { recursive: true });
  await mkdir(store.pathOf(7));
  const { checkpoint, skipped } = await store.latestValid();
  assert.equal(checkpoint?.step, 1);
  const reasons = new Map(skipped.map(({ step, reason }) => [step, reason]));
  assert.deepEqual([...reasons.keys()], [7, 6, 5, 4, 3, 2]);
  assert.match(reasons.get(2) ?? "", /content of model\.bin has changed/);
  assert.match(reasons.get(3) ?? "", /3 bytes instead of 6/);
  assert.match(reasons.get(4) ?? "", /optim\/state\.bin is missing/);
  assert.match(reasons.get(5) ?? "", /no manifest/);
  assert.match(reasons.get(6) ?? "", /manifest is damaged/);
  assert.match(reasons.get(7) ?? "", /no manifest/);
  await refused("E_CHECKPOINT_CORRUPT", () => store.verify(2));
});

test("pruning keeps the newest whole checkpoint whatever it is told", async (t) => {
  const store = new CheckpointStore(await scratch(t));
  for (const step of [1, 2, 3, 4]) await store.save(step, write("x"));
  assert.deepEqual(await store.prune({ keepLast: 2, keep: [1] }), [2]);
  assert.deepEqual(await store.steps(), [1, 3, 4]);
  for (const step of [3, 4]) await writeFile(join(store.pathOf(step), "model.bin"), "y");
  assert.deepEqual(await store.prune({ keepLast: 0 }), [3, 4]);
  assert.deepEqual(await store.steps(), [1]);
});

test("a failed write leaves the checkpoint of that step as it was", async (t) => {
  const store = new CheckpointStore(await scratch(t));
  await store.save(1, write("good"));
  await assert.rejects(
    store.save(1, async (dir) => {
      await write("bad")(dir);
      throw new Error("disk full");
    }),
  );
  assert.equal((await store.latestValid()).checkpoint?.step, 1);
  assert.deepEqual(await readdir(store.folder), ["checkpoint-1"]);
  await refused("E_CONFIG", () => store.save(-1, write("x")));
});

test("a checkpoint that lost its name in a crash is found again", async (t) => {
  const store = new CheckpointStore(await scratch(t));
  await store.save(5, write("x"));
  await rename(store.pathOf(5), join(store.folder, ".checkpoint-5.old-77-abcd"));
  assert.equal((await store.latestValid()).checkpoint?.step, 5);
});

test("killed at any moment, the store still has a whole checkpoint", async (t) => {
  const folder = await scratch(t);
  const program = `
    import { CheckpointStore, writeFileAtomic } from "gradlab";
    import { join } from "node:path";
    const store = new CheckpointStore(process.argv[1]);
    for (let step = 1; ; step++) {
      await store.save(step % 3, (dir) => writeFileAtomic(join(dir, "a"), String(step).repeat(50_000)));
      if (step === 3) process.stdout.write("ready");
    }`;
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, folder], {
      cwd: new URL("../..", import.meta.url),
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, 3 + 11 * round));
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = new CheckpointStore(folder);
    assert.deepEqual(await store.steps(), [0, 1, 2]);
    const { checkpoint, skipped } = await store.latestValid();
    assert.deepEqual([checkpoint?.step, skipped], [2, []]);
    for (const step of [0, 1, 2]) await store.verify(step);
  }
});
