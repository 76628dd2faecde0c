import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { kernelFor, show, value } from "./kernel-fixture.js";

test("declarations can be run again, with other types", async (t) => {
  const kernel = await kernelFor(t);
  assert.equal(
    await value(
      kernel,
      "const x = 1; let y = 2; class A { v = 1 } enum E { P, Q } function f() { return 1 } x + y",
    ),
    "3",
  );
  assert.equal(
    await value(
      kernel,
      "const x = 's'; let y = 't'; class A { v = 2 } enum E { R = 7 } function f() { return 2 } x + y",
    ),
    "'st'",
  );
  assert.equal(await value(kernel, "[new A().v, f(), E.R, E.P]"), "[ 2, 2, 7, undefined ]");
  assert.equal(
    await value(kernel, "const { a, b: [c], ...rest } = { a: 1, b: [2], d: 3 }; [a, c, rest]"),
    "[ 1, 2, { d: 3 } ]",
  );
  assert.equal(await value(kernel, "for (var i = 0; i < 3; i++) { var last = i } [i, last]"), "[ 3, 2 ]");
});

test("functions see the latest version of what they call", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "function inner() { return 1 }");
  await value(kernel, "function outer() { return inner() * 10 }");
  await value(kernel, "function inner() { return 2 }");
  assert.equal(await value(kernel, "outer()"), "20");
});

test("TypeScript: enums, generics, namespaces, decorators, using", async (t) => {
  const kernel = await kernelFor(t);
  assert.equal(
    await value(
      kernel,
      "namespace N { export const q = 1 } function id<T>(x: T): T { return x } id<number>(N.q)",
    ),
    "1",
  );
  assert.equal(
    await value(
      kernel,
      "abstract class B { constructor(private readonly v: number) {} get() { return this.v } } class C extends B {} new C(4).get()",
    ),
    "4",
  );
  const using =
    "const log: string[] = [];\n{ using r = { [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() { log.push('disposed') } }; log.push('used') }\nlog";
  assert.equal(await value(kernel, using), "[ 'used', 'disposed' ]");
  const decorated = "function dec(c: any) { c.marked = true } @dec class D {}\n(D as any).marked";
  assert.equal(await value(kernel, decorated), "true");
});

test("top-level await, thenables, and the last expression", async (t) => {
  const kernel = await kernelFor(t);
  assert.equal(await value(kernel, "const v = await Promise.resolve(4); v"), "4");
  assert.equal(await value(kernel, "Promise.resolve(5)"), "5");
  assert.equal(await value(kernel, "({ then(done: (n: number) => void) { done(6) } })"), "6");
  assert.equal(
    await value(kernel, "let sum = 0; for await (const n of [Promise.resolve(1), 2]) sum += n; sum"),
    "3",
  );
  assert.equal(
    await value(
      kernel,
      "async function* g() { yield 1; yield 2 } const all = []; for await (const n of g()) all.push(n); all",
    ),
    "[ 1, 2 ]",
  );
  assert.equal(await value(kernel, "const nothing = 1"), "");
  assert.equal(await value(kernel, "'text'"), "'text'");
});

test("imports: node, ESM packages, JSON, local TypeScript read again after an edit", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const pack = join(folder, "node_modules", "only-esm");
  const { mkdirSync } = await import("node:fs");
  mkdirSync(pack, { recursive: true });
  const manifest = {
    name: "only-esm",
    type: "module",
    exports: { ".": { import: "./i.js" }, "./sub": { import: "./s.js" } },
  };
  writeFileSync(join(pack, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(pack, "i.js"), "export const one = await Promise.resolve(1); export default 'default';");
  writeFileSync(join(pack, "s.js"), "export const sub = 2;");
  writeFileSync(join(folder, "lib.ts"), "export const n: number = 1; export enum K { A = 'a' }");
  writeFileSync(join(folder, "d.json"), '{"z":3}');
  const kernel = await kernelFor(t, { cwd: folder });
  assert.equal(
    await value(
      kernel,
      'import d, { one } from "only-esm"; import { sub } from "only-esm/sub"; [d, one, sub]',
    ),
    "[ 'default', 1, 2 ]",
  );
  assert.equal(
    await value(
      kernel,
      'import { readFileSync } from "node:fs"; import * as path from "path"; [typeof readFileSync, typeof path.join]',
    ),
    "[ 'function', 'function' ]",
  );
  assert.equal(await value(kernel, 'import j from "./d.json" with { type: "json" }; j.z'), "3");
  assert.equal(await value(kernel, 'import { n, K } from "./lib.ts"; [n, K.A]'), "[ 1, 'a' ]");
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(join(folder, "lib.ts"), "export const n: number = 2;");
  assert.equal(await value(kernel, 'import { n } from "./lib.js"; n'), "2");
  const { reply } = await show(kernel, '1;\nimport x from "not-installed";');
  assert.equal(reply.ename, "ERR_MODULE_NOT_FOUND");
  assert.match(reply.traceback?.join("\n") ?? "", /npm install not-installed[^]*> 2 \| import x/);
});

test("errors name the cell's own lines, in other cells, after awaits, in callbacks", async (t) => {
  const kernel = await kernelFor(t);
  await value(
    kernel,
    "// first\ninterface Long {\n  a: string\n}\n\nfunction fail(x: unknown): never {\n  throw new TypeError(`bad ${String(x)}`);\n}",
  );
  const other = await show(kernel, "const a = 1;\nfail(a);");
  assert.equal(other.reply.ename, "TypeError");
  assert.equal(other.reply.evalue, "bad 1");
  const text = other.reply.traceback?.join("\n") ?? "";
  assert.match(text, /cell 1, line 7:/);
  assert.match(text, /> 7 \|   throw new TypeError/);
  assert.match(text, /at fail \(cell 1:7:9\)\n    at cell 2:2:1$/m);
  assert.doesNotMatch(text, /node:|kernel\/dist/);
  const later = await show(
    kernel,
    "type T = {\n  n: number }\nawait new Promise((r) => setTimeout(r, 1));\nconst t: T = { n: 1 };\n(t as any).x.y;",
  );
  assert.match(later.reply.traceback?.join("\n") ?? "", /> 5 \| \(t as any\)\.x\.y;\n {4}\| {14}\^/);
  const callback = await show(
    kernel,
    "await new Promise((_, no) => setTimeout(() => {\n  try {\n    null!.x\n  } catch (e) { no(e) }\n}, 1));",
  );
  assert.match(callback.reply.traceback?.join("\n") ?? "", /> 3 \| {5}null!\.x/);
  const syntax = await show(kernel, "const ok = 1;\nconst = 2;");
  assert.equal(syntax.reply.ename, "SyntaxError");
  assert.match(syntax.reply.traceback?.join("\n") ?? "", /> 2 \| const = 2;\n {4}\| {7}\^/);
  const thrown = await show(kernel, "throw 'a string'");
  assert.equal(thrown.reply.evalue, "a string");
});

test("errors with a hint show sentence, hint and the user's line, no stack", async (t) => {
  const kernel = await kernelFor(t);
  const { reply } = await show(
    kernel,
    "const e = Object.assign(new Error('raw'), { code: 'E_SHAPE', sentence: 'matmul: [2, 3] by [4, 5].', hint: 'Transpose one.', where: 'f32[2, 3]' });\nthrow e;",
  );
  assert.equal(reply.ename, "E_SHAPE");
  assert.equal(reply.evalue, "matmul: [2, 3] by [4, 5].");
  const text = reply.traceback?.join("\n") ?? "";
  assert.match(
    text,
    /^E_SHAPE: matmul: \[2, 3\] by \[4, 5\]\.\n {2}at: f32\[2, 3\]\n {2}hint: Transpose one\./,
  );
  assert.doesNotMatch(text, /\n {4}at /);
});

test("an error that fails later shows the line that asked for the work", async (t) => {
  const kernel = await kernelFor(t);
  const { reply } = await show(
    kernel,
    [
      "const asked = new Error('asked here');",
      "Error.stackTraceLimit = 0; // an error whose own stack has lost the cell",
      "const told = { code: 'E_LATE', sentence: 'It failed.', hint: 'Try again.', [Symbol.for('gradlab.origin')]: asked };",
      "const late = Object.assign(new Error('x'), told);",
      "Error.stackTraceLimit = 10;",
      "await null;",
      "throw late;",
    ].join("\n"),
  );
  const text = reply.traceback?.join("\n") ?? "";
  assert.match(text, /^E_LATE: It failed\.\n {2}hint: Try again\./);
  assert.match(text, /> 1 \| const asked/);
  assert.doesNotMatch(text, /\n {4}at /);
});

test("uncaught errors and rejections are shown and survived", async (t) => {
  const kernel = await kernelFor(t);
  const seen = await show(
    kernel,
    "setTimeout(() => { throw new Error('late') }, 1); void Promise.reject(new Error('floating')); await new Promise((r) => setTimeout(r, 30)); 1",
  );
  assert.equal(seen.reply.status, "ok");
  assert.match(seen.stderr, /Uncaught Error: late/);
  assert.match(seen.stderr, /Uncaught Error: floating/);
});
