import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { OptimizerName } from "gradlab";

const CHILD = fileURLToPath(new URL("kill-child.js", import.meta.url));

/** Runs the child; kills it with SIGKILL as soon as it reports step `killAt`. Resolves to whether it finished. */
function runChild(
  optimizer: OptimizerName,
  folder: string,
  mode: "fresh" | "resume",
  killAt = Infinity,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [folder, mode, optimizer], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let [done, errors] = [false, ""];
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.on("message", (message: { step?: number; done?: boolean }) => {
      if (message.done) done = true;
      if ((message.step ?? 0) >= killAt) child.kill("SIGKILL");
    });
    child.on("exit", (code, signal) =>
      code === 0 || signal === "SIGKILL" ? resolve(done) : reject(new Error(`exit ${code}: ${errors}`)),
    );
  });
}

const adapterOf = (folder: string): Promise<Buffer> =>
  readFile(join(folder, "adapter", "adapter_model.safetensors"));

for (const optimizer of ["adamw", "adafactor", "muon"] as const) {
  test(`an ${optimizer} run killed by SIGKILL at random steps resumes to the same bits as one that was never stopped`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "gradlab-kill-"));
    try {
      const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
      assert.equal(await runChild(optimizer, whole, "fresh"), true);
      const first = 3 + Math.floor(Math.random() * 8);
      const second = first + 2 + Math.floor(Math.random() * 8);
      assert.equal(await runChild(optimizer, broken, "fresh", first), false, `killed at step ${first}`);
      assert.equal(await runChild(optimizer, broken, "resume", second), false, `killed at step ${second}`);
      assert.equal(await runChild(optimizer, broken, "resume"), true);
      assert.deepEqual(await adapterOf(broken), await adapterOf(whole), `killed at ${first} and ${second}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
