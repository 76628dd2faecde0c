import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { KernelClient } from "gradlab-kernel";
import { kernelFor, show } from "./kernel-fixture.js";

async function traceback(kernel: KernelClient, code: string): Promise<string> {
  const { reply } = await show(kernel, code);
  assert.equal(reply.status, "error");
  return (reply.traceback ?? []).join("\n");
}

test("whatever is thrown is shown", async (t) => {
  const kernel = await kernelFor(t);
  for (const [code, ename, evalue] of [
    ["throw 'x'", "string", "x"],
    ["throw null", "object", "null"],
    ["throw undefined", "undefined", "undefined"],
    ["throw 10n", "bigint", "10n"],
    ["throw { a: 1 }", "Object", "{ a: 1 }"],
    [
      "throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 }, ownKeys() { throw 3 } })",
      "Object",
      "{}",
    ],
    ["class Odd extends Error { get name(): string { throw 1 } } throw new Odd('x')", "Error", "x"],
    ["class Bad extends Error { get hint(): string { throw 1 } } throw new Bad('y')", "Error", "y"],
    ["throw Object.assign(new Error(), { name: 5, message: { a: 1 } })", "5", "{ a: 1 }"],
    ["throw Object.defineProperty(new Error('m'), 'stack', { get() { throw 1 } })", "Error", "m"],
    ["throw new DOMException('dom', 'AbortError')", "AbortError", "dom"],
  ] as const) {
    const { reply } = await show(kernel, code);
    assert.deepEqual([reply.status, reply.ename, reply.evalue], ["error", ename, evalue], code);
    assert.doesNotMatch((reply.traceback ?? []).join("\n"), /node:|kernel\/dist/, code);
  }
});

test("causes and the parts of an AggregateError are told, each once", async (t) => {
  const kernel = await kernelFor(t);
  const chain = await traceback(
    kernel,
    "throw new Error('outer', { cause: new TypeError('inner', { cause: 'root' }) })",
  );
  assert.match(
    chain,
    /^Error: outer\n[^]*\nCaused by: TypeError: inner\n {4}at cell 1:1:35\n\nCaused by: 'root'$/,
  );
  const parts = await traceback(
    kernel,
    "throw new AggregateError([new Error('one'), 'two', new RangeError('three', { cause: 4 })], 'many')",
  );
  assert.match(
    parts,
    /\[1 of 3\] Error: one[^]*\[2 of 3\] 'two'[^]*\[3 of 3\] RangeError: three[^]*Caused by: 4/,
  );
  const circle = await traceback(kernel, "const c = new Error('round'); c.cause = c; throw c");
  assert.match(circle, /Caused by: Error: round \(shown above\)$/);
  assert.match(
    await traceback(kernel, "throw Object.assign(new Error('e'), { status: 404 })"),
    /\n {2}status: 404\n/,
  );
});

test("recursion and deep stacks are folded, and the outermost line stays", async (t) => {
  const kernel = await kernelFor(t);
  const deep = await traceback(
    kernel,
    "function down(n: number) { if (n === 0) throw new Error('deep'); down(n - 1) }\ndown(30)",
  );
  assert.match(deep, /at down \(cell 1:1:72\)|at down \(cell 1:1:66\)/);
  assert.match(deep, /… 29 more times the same call\n {4}at cell 1:2:1$/);
  const pair = await traceback(
    kernel,
    "function even(n: number): number { return n === 0 ? boom() : odd(n - 1) }\nfunction odd(n: number): number { return even(n - 1) }\nfunction boom(): never { throw new Error('x') }\neven(20)",
  );
  assert.match(pair, /… \d+ more times the same 2 calls\n/);
  const endless = await traceback(kernel, "function f(): number { return f() + 1 }\nf()");
  assert.match(endless, /^RangeError: Maximum call stack[^]*… \d+ more times the same call/);
});

test("lines of imported TypeScript, of expressions, and of code after awaits", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, "boom.ts"),
    "interface Long {\n  a: string;\n}\n\nexport async function boom(n: Long): Promise<never> {\n  await null;\n  throw new RangeError(`boom ${n.a}`);\n}\n",
  );
  const kernel = await kernelFor(t, { cwd: folder });
  const imported = await traceback(kernel, "import { boom } from './boom';\n\nawait boom({ a: '1' })");
  assert.match(
    imported,
    /^RangeError: boom 1\n\nboom\.ts, line 7:[^]*> 7 \| {3}throw new RangeError[^]*at boom \(boom\.ts:7:9\)\n {4}at async cell 1:3:1$/,
  );
  const { reply } = await show(kernel, "1", { userExpressions: { bad: "[1].map(() => {\n  missing() })" } });
  const result = reply.userExpressions["bad"] as { ename: string; traceback: string[] };
  assert.equal(result.ename, "ReferenceError");
  assert.match(result.traceback.join("\n"), /expression bad, line 2:/);
  assert.match(await traceback(kernel, "const o = 1;\neval('1 +')"), /> 2 \| eval/);
});

test("syntax errors show the line and a caret, in code points and with CRLF", async (t) => {
  const kernel = await kernelFor(t);
  assert.match(await traceback(kernel, "let q = 1;\r\nlet q = 2"), /> 2 \| let q = 2\n {4}\| {5}\^/);
  assert.match(await traceback(kernel, "const z = ;"), /> 1 \| const z = ;\n {4}\| {11}\^/);
  assert.match(await traceback(kernel, "return 5"), /SyntaxError: A 'return'/);
  assert.match(await traceback(kernel, "if (true) {"), /SyntaxError: Expected `}`/);
});
