import assert from "node:assert/strict";
import { test } from "node:test";
import { kernelFor, type Shown, show, value } from "./kernel-fixture.js";

const payloads = async (kernel: Awaited<ReturnType<typeof kernelFor>>, code: string): Promise<unknown> =>
  (await kernel.request("execute_request", { code })).content["payload"];

test("process.exit ends the cell, asks the front end and keeps the variables", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "let kept = 1");
  const { reply, stdout, stderr } = await show(
    kernel,
    "console.log('a'); process.exit(); console.log('b'); kept = 2",
  );
  assert.equal(reply.status, "ok");
  assert.equal(stdout, "a\n");
  assert.match(stderr, /process\.exit\(\) ended the cell; the kernel and its variables stay/);
  assert.deepEqual(await payloads(kernel, "process.exit(0)"), [{ source: "ask_exit", keepkernel: false }]);
  const failed = await show(kernel, "import { exit } from 'node:process'; exit(3)");
  assert.equal(failed.reply.ename, "ProcessExit");
  assert.deepEqual(await payloads(kernel, "process.exit(3)"), []);
  assert.equal(await value(kernel, "kept"), "1");
});

test("process.exit in a callback ends the cell that waits for it, or is told of", async (t) => {
  const kernel = await kernelFor(t);
  const pending = await show(kernel, "setTimeout(() => process.exit(), 5); await new Promise(() => {})");
  assert.equal(pending.reply.status, "ok");
  await value(kernel, "setTimeout(() => process.exit(1), 5); 0");
  const later = await show(kernel, "await new Promise((r) => setTimeout(r, 100)); 1");
  assert.equal(later.result, "1");
  assert.equal(later.stderr, "", "it is told under the cell that left it");
});

test("a stack overflow is an error with advice; everything stays", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "let kept = 1; let depth = 0");
  for (const body of ["f()", "console.log(++depth); f()", "[1].map(f)", "JSON.stringify({ toJSON: f })"]) {
    const { reply } = await show(kernel, `function f(): unknown { return ${body.replace("; ", ", ")} } f()`);
    assert.equal(reply.ename, "RangeError", body);
    assert.match(reply.traceback?.join("\n") ?? "", /hint: A function calls itself/, body);
  }
  assert.equal(await value(kernel, "kept"), "1");
});

test("thousands of floating rejections are survived, the first ones shown", async (t) => {
  const kernel = await kernelFor(t);
  const { reply, stderr } = await show(
    kernel,
    "for (let i = 0; i < 5000; i++) void Promise.reject(new Error(`lost ${i}`)); await new Promise((r) => setTimeout(r, 10)); 0",
  );
  assert.equal(reply.status, "ok");
  assert.equal(stderr.match(/Uncaught Error: lost/g)?.length, 50);
  assert.match(stderr, /More like these are not shown\.\n$/);
});

test("sizes that the engine refuses are errors with advice", async (t) => {
  const kernel = await kernelFor(t);
  for (const code of ["new Float64Array(2 ** 52)", "'x'.repeat(2 ** 30)", "new Array(-1)"]) {
    const { reply } = await show(kernel, code);
    assert.equal(reply.ename, "RangeError", code);
    assert.match(reply.traceback?.join("\n") ?? "", /hint: /, `${code}: ${reply.evalue}`);
  }
});

function assertLost({ reply, stderr }: Shown, reason: RegExp): void {
  assert.equal(reply.ename, "KernelStateLost", reply.evalue);
  assert.match(reply.evalue ?? "", reason);
  assert.match(reply.evalue ?? "", /all variables are gone/);
  assert.doesNotMatch(stderr, /Native stack trace|GCs|node::/);
}

test("a heap that is too large takes the cell process alone, and the lever is named", async (t) => {
  const kernel = await kernelFor(t, { memoryLimit: 150 });
  const { pid } = kernel;
  await value(kernel, "let kept = 1");
  // faster than the watch: the engine itself gives up
  const shown = await show(
    kernel,
    "console.log('before'); const all: unknown[] = []; for (;;) all.push(Array(1000).fill({ x: all.length }))",
  );
  assert.equal(shown.stdout, "before\n");
  if (shown.reply.ename !== "MemoryLimit") {
    assertLost(shown, /limit of 150 MB/);
    assert.equal(await value(kernel, "typeof kept"), "'undefined'");
  }
  assert.match(shown.reply.evalue ?? "", /--memory-limit MB .* GRADLAB_MEMORY_LIMIT=MB/);
  assert.equal(kernel.pid, pid);
  assert.equal(await value(kernel, "1 + 1"), "2");
});

test("a cell that grows to the limit is stopped there with its variables", async (t) => {
  const kernel = await kernelFor(t, { memoryLimit: 300 });
  await value(kernel, "let kept = 1; let all: Uint8Array[] = []");
  const { reply } = await show(
    kernel,
    "for (;;) { all.push(new Uint8Array(2e6).fill(1)); await new Promise((r) => setTimeout(r, 10)) }",
  );
  assert.equal(reply.ename, "MemoryLimit");
  assert.match(reply.evalue ?? "", /limit of 300 MB; variables keep their values/);
  assert.equal(await value(kernel, "kept"), "1");
  // above the limit still, what lets go must run
  assert.equal(await value(kernel, "all = []; kept"), "1");
});

test("a limit that cannot be kept is refused", async () => {
  const { startKernel } = await import("gradlab-kernel");
  for (const memoryLimit of [0, 12.5, -1])
    await assert.rejects(startKernel({ memoryLimit }), /memory limit .* cannot be kept/);
});

test("a crash of native code takes the cell process alone", async (t) => {
  const kernel = await kernelFor(t);
  const { pid } = kernel;
  const crashes: readonly (readonly [string, RegExp])[] = [
    ["process.abort()", /signal SIGABRT/],
    ["process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})", /signal SIGSEGV: a native library/],
    ["process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})", /signal SIGKILL: .*memory/],
  ];
  for (const [code, reason] of crashes) {
    await value(kernel, "let kept = 1");
    const shown = await show(kernel, `console.log("said"); ${code}`);
    assert.equal(shown.stdout, "said\n");
    assertLost(shown, reason);
    assert.equal(await value(kernel, "typeof kept"), "'undefined'");
  }
  assert.equal(kernel.pid, pid);
});

test("a crash between cells is told and survived", async (t) => {
  const kernel = await kernelFor(t);
  const told = new Promise<string>((resolve) => {
    kernel.onIopub = ({ header, content }) => {
      if (header.msg_type === "stream") resolve(content["text"] as string);
    };
  });
  await value(kernel, "setTimeout(() => process.abort(), 20); 0");
  assert.match(await told, /signal SIGABRT.*all variables are gone/);
  assert.equal(await value(kernel, "1 + 1"), "2");
});

test("words of a crash that are only printed are shown", async (t) => {
  const kernel = await kernelFor(t);
  const { stderr } = await show(
    kernel,
    'import { execSync } from "node:child_process"; execSync("echo before >&2; echo FATAL ERROR: not really >&2; echo after >&2", { stdio: "inherit" })',
  );
  assert.equal(stderr, "before\nFATAL ERROR: not really\nafter\n");
});
