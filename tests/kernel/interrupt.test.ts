import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import type { ExecuteReply, KernelClient } from "gradlab-kernel";
import { ROOT } from "../source-files.js";
import { kernelFor, value } from "./kernel-fixture.js";

/** The sweep of every place a cell can be in; `--times 25` is for people with time. */
const SWEEP = join(ROOT, "scripts", "dist", "kernel", "interrupt-sweep.js");

test("in every place a cell can be interrupted 3 of 3 times, and variables stay", async (t) => {
  const sweep = spawn(process.execPath, [SWEEP, "--times", "3"], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  sweep.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(sweep, "close")) as [number];
  t.diagnostic(output);
  const places = /^(\d+) of \1 in (\d+) places$/m.exec(output);
  assert.ok(code === 0 && Number(places?.[2]) >= 29, output);
});

/** A cell once it has begun: before, an interrupt keeps it from running at all. */
async function begin(kernel: KernelClient, code: string): Promise<{ readonly reply: Promise<ExecuteReply> }> {
  let begun: () => void = () => {};
  const heard = new Promise<void>((resolve) => (begun = resolve));
  const reply = kernel.execute(code.replace("/*begun*/", "console.log('begun');"), {
    onOutput: ({ type }) => type === "stream" && begun(),
  });
  await heard;
  return { reply };
}

test("a loop over awaits does not go on unseen after the interrupt", async (t) => {
  const kernel = await kernelFor(t);
  const { reply } = await begin(
    kernel,
    "let n = 0; /*begun*/ for (;;) { await new Promise((r) => setTimeout(r, 1)); n++ }",
  );
  await kernel.interrupt();
  await reply;
  await new Promise((resolve) => setTimeout(resolve, 30));
  const first = await value(kernel, "n");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(await value(kernel, "n"), first);
});

test("the interrupted line is shown", async (t) => {
  const kernel = await kernelFor(t);
  const { reply } = await begin(kernel, "/*begun*/\nfunction spin() {\n  for (;;) {}\n}\nspin();");
  await kernel.interrupt();
  assert.match((await reply).traceback?.join("\n") ?? "", /> 3 \|   for \(;;\) \{\}/);
});

test("SIGINT interrupts and does not end the kernel", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "let kept = 1");
  const { reply } = await begin(kernel, "/*begun*/ while (true) {}");
  process.kill(kernel.pid ?? 0, "SIGINT");
  assert.equal((await reply).ename, "Interrupted");
  assert.equal(await value(kernel, "kept"), "1");
});

test("a program that a cell waits for is interrupted", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, 'let kept = 1; import { execSync } from "node:child_process"');
  const { reply } = await begin(kernel, '/*begun*/ execSync("sleep 1000")');
  await kernel.interrupt();
  assert.equal((await reply).status, "error");
  assert.equal(await value(kernel, "kept"), "1");
});

test("a signal tells libraries that the cell was interrupted", async (t) => {
  const kernel = await kernelFor(t);
  const { reply } = await begin(
    kernel,
    "const seen: boolean[] = []; Jupyter.signal!.addEventListener('abort', () => seen.push(true)); /*begun*/ await new Promise(() => {})",
  );
  await kernel.interrupt();
  await reply;
  assert.equal(await value(kernel, "seen"), "[ true ]");
});

test("an interrupt without a running cell harms nothing", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "let kept = 1");
  await kernel.interrupt();
  await kernel.interrupt();
  assert.equal(await value(kernel, "kept"), "1");
});
