import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpus, hostname, totalmem } from "node:os";
import { test } from "node:test";
import type { JsonObject } from "gradlab-kernel";
import { kernelFor, processTree, value } from "./kernel-fixture.js";

/** Debian's Python, where psutil is. */
const PYTHON = "/usr/bin/python3";

test("usage_request tells what the kernel's processes and the machine use", async (t) => {
  const kernel = await kernelFor(t);
  const ask = async (): Promise<JsonObject> =>
    (await kernel.request("usage_request", {}, { channel: "control" })).content;
  const first = await ask();
  assert.equal(first["hostname"], hostname());
  assert.equal(first["pid"], kernel.pid);
  assert.equal(first["cpu_count"], cpus().length);
  assert.equal(first["kernel_cpu"], 0);
  assert.equal(first["host_cpu_percent"], undefined);
  const host = first["host_virtual_memory"] as Record<string, number>;
  assert.ok(Math.abs(host["total"] - totalmem()) < 1 << 20);
  assert.ok(host["available"] > 0 && host["available"] < host["total"] && host["percent"] < 100);
  assert.equal(await value(kernel, "const end = Date.now() + 300; while (Date.now() < end); 1"), "1");
  const second = await ask();
  assert.ok((second["kernel_cpu"] as number) > 10, JSON.stringify(second));
  assert.ok((second["host_cpu_percent"] as number) > 0);
});

test("usage counts the process that runs cells, also while it is busy", async (t) => {
  const kernel = await kernelFor(t);
  const ask = async (): Promise<number> =>
    (await kernel.request("usage_request", {}, { channel: "control" })).content["kernel_memory"] as number;
  assert.ok(processTree(kernel.pid ?? 0).length > 1);
  const before = await ask();
  const running = kernel.execute("const big = new Uint8Array(200e6).fill(1); while (true) {}");
  while ((await ask()) - before < 150e6) await new Promise((resolve) => setTimeout(resolve, 20));
  await kernel.interrupt();
  await running;
});

test("after displays of 10 MB the memory goes back to the system", async (t) => {
  if (process.platform !== "linux") return t.skip("memory is read from /proc");
  const kernel = await kernelFor(t);
  const ask = async (): Promise<number> =>
    (await kernel.request("usage_request", {}, { channel: "control" })).content["kernel_memory"] as number;
  assert.equal(await value(kernel, "1 + 1"), "2");
  const before = await ask();
  for (let i = 0; i < 3; i += 1)
    await kernel.execute(`Jupyter.displayBundle({ "text/html": '<p title="${i}">'.repeat(700_000) })`);
  const until = Date.now() + 20_000;
  let after = await ask();
  while (after - before > 12e6 && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    after = await ask();
  }
  assert.ok(after - before <= 12e6, `${before} bytes before, ${after} after`);
  assert.equal(await value(kernel, "2 + 2"), "4");
});

const PSUTIL = `
import json, psutil
print(json.dumps({"memory": psutil.virtual_memory()._asdict(), "count": psutil.cpu_count(logical=True)}))
`;

test("the fields and numbers of the machine are psutil's", async (t) => {
  const { status, stdout } = spawnSync(PYTHON, ["-c", PSUTIL], { encoding: "utf8" });
  if (status !== 0) return t.skip("python3-psutil is not installed");
  const theirs = JSON.parse(stdout) as { memory: Record<string, number>; count: number };
  const kernel = await kernelFor(t);
  const { content } = await kernel.request("usage_request", {}, { channel: "control" });
  const ours = content["host_virtual_memory"] as Record<string, number>;
  assert.equal(content["cpu_count"], theirs.count);
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs.memory).sort());
  for (const [name, value] of Object.entries(theirs.memory)) {
    // other programs run meanwhile
    const near = name === "percent" ? 5 : 0.05 * theirs.memory["total"];
    assert.ok(Math.abs(ours[name] - value) <= near, `${name}: ${ours[name]}, psutil says ${value}`);
  }
});
