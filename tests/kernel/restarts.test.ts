import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../source-files.js";

const SOAK = join(ROOT, "scripts", "dist", "kernel", "restart-soak.js");

test("50 restarts and crashes leave no process, file or folder behind", async (t) => {
  const soak = spawn(process.execPath, [SOAK, "--times", "50"], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  soak.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(soak, "close")) as [number];
  t.diagnostic(output);
  assert.equal(code, 0, output);
  const { restarts, crashes, left } = JSON.parse(output) as Record<string, unknown>;
  assert.deepEqual([restarts, crashes, left], [10, 40, []]);
});
