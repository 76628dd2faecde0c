import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelFor, show, value } from "./kernel-fixture.js";

/** Where a cell can be when the user presses stop. */
const PLACES: Readonly<Record<string, string>> = {
  "a loop": "while (true) {}",
  "a loop with finally": "try { for (;;) {} } finally { 0 }",
  "a loop after an await": "await new Promise((r) => setTimeout(r, 5)); while (true) {}",
  "a loop over resolved promises": "for (let i = 0; ; i++) await null",
  "a loop over sleeps": "for (;;) await new Promise((r) => setTimeout(r, 1))",
  "a pending promise": "await new Promise(() => {})",
  "a timer": "setTimeout(() => { for (;;) {} }, 1); await new Promise(() => {})",
  "an immediate": "setImmediate(() => { for (;;) {} }); await new Promise(() => {})",
  "a chain of microtasks": "const again = () => queueMicrotask(again); again(); await new Promise(() => {})",
  "an endless generator":
    "async function* ones() { for (;;) yield 1 } for await (const one of ones()) void one",
  "a regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b')",
  "a comparator": "[...Array(9).keys()].sort(() => { for (;;) {} })",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  "printing without end": "for (;;) console.log('x')",
};

for (const [place, code] of Object.entries(PLACES)) {
  test(`${place} is interrupted and variables stay`, async (t) => {
    const kernel = await kernelFor(t);
    await value(kernel, "let kept = 41");
    for (let round = 0; round < 3; round += 1) {
      const running = show(kernel, code);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await kernel.interrupt();
      assert.equal((await running).reply.ename, "Interrupted");
      assert.equal(await value(kernel, "kept"), "41");
    }
  });
}

test("a loop over awaits does not go on unseen after the interrupt", async (t) => {
  const kernel = await kernelFor(t);
  const running = show(kernel, "let n = 0; for (;;) { await new Promise((r) => setTimeout(r, 1)); n++ }");
  await new Promise((resolve) => setTimeout(resolve, 60));
  await kernel.interrupt();
  await running;
  await new Promise((resolve) => setTimeout(resolve, 30));
  const first = await value(kernel, "n");
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(await value(kernel, "n"), first);
});

test("the interrupted line is shown", async (t) => {
  const kernel = await kernelFor(t);
  const running = show(kernel, "const a = 1;\nfunction spin() {\n  for (;;) {}\n}\nspin();");
  await new Promise((resolve) => setTimeout(resolve, 80));
  await kernel.interrupt();
  assert.match((await running).reply.traceback?.join("\n") ?? "", /> 3 \|   for \(;;\) \{\}/);
});

test("SIGINT interrupts and does not end the kernel", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "let kept = 1");
  const running = show(kernel, "while (true) {}");
  await new Promise((resolve) => setTimeout(resolve, 80));
  process.kill(kernel.pid ?? 0, "SIGINT");
  assert.equal((await running).reply.ename, "Interrupted");
  assert.equal(await value(kernel, "kept"), "1");
});

test("a program that a cell waits for is interrupted", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, 'let kept = 1; import { execSync } from "node:child_process"');
  const running = show(kernel, 'execSync("sleep 1000")');
  await new Promise((resolve) => setTimeout(resolve, 150));
  await kernel.interrupt();
  assert.equal((await running).reply.status, "error");
  assert.equal(await value(kernel, "kept"), "1");
});

test("a signal tells libraries that the cell was interrupted", async (t) => {
  const kernel = await kernelFor(t);
  const running = show(
    kernel,
    "const seen: boolean[] = []; Jupyter.signal!.addEventListener('abort', () => seen.push(true)); await new Promise(() => {})",
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await kernel.interrupt();
  await running;
  assert.equal(await value(kernel, "seen"), "[ true ]");
});

test("an interrupt without a running cell harms nothing", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "let kept = 1");
  await kernel.interrupt();
  await kernel.interrupt();
  assert.equal(await value(kernel, "kept"), "1");
});
