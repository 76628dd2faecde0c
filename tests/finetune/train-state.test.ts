import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CheckpointStore, fromNumbers, restoreState, saveState, tensor, Variable } from "gradlab";
import { OPTIMIZERS } from "../optim/make.js";
import { refused } from "../refused.js";

const root = await mkdtemp(join(tmpdir(), "gradlab-state-"));
after(() => rm(root, { recursive: true, force: true }));

const matrix = (): Variable =>
  new Variable(
    fromNumbers(
      Float32Array.from({ length: 600 }, (_, i) => Math.sin(i)),
      [20, 30],
    ),
    "w",
  );

const gradient = (step: number) =>
  tensor(
    Float32Array.from({ length: 600 }, (_, i) => Math.cos(i * step)),
    { shape: [20, 30] },
  );

for (const [name, make] of Object.entries(OPTIMIZERS)) {
  test(`a checkpoint of ${name} on disk holds parameters and state bit by bit`, async () => {
    const [w, again] = [matrix(), matrix()];
    const [optimizer, resumed] = [w, again].map((p) => make([p], { learningRate: 0.01 }));
    for (const step of [1, 2]) await optimizer.update([gradient(step)]);
    const store = new CheckpointStore(join(root, name));
    const checkpoint = await saveState(store, [w], optimizer, { note: name });
    assert.deepEqual(await restoreState(checkpoint, [again], resumed), { note: name });
    assert.deepEqual(await resumed.state(), await optimizer.state());
    for (const one of [optimizer, resumed]) await one.update([gradient(3)]);
    assert.deepEqual(await again.data(), await w.data());
  });
}

test("a checkpoint of one optimizer is refused by another, by the name of what it lacks", async () => {
  const [w, other] = [matrix(), matrix()];
  const lion = OPTIMIZERS.lion([w]);
  await lion.update([gradient(1)]);
  const checkpoint = await saveState(new CheckpointStore(join(root, "other")), [w], lion, {});
  const error = await refused("E_CHECKPOINT_MISMATCH", () =>
    restoreState(checkpoint, [other], OPTIMIZERS.adamw([other])),
  );
  assert.match(error.sentence, /no w\.first/);
});
