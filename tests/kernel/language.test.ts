import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { kernelFor, show, value } from "./kernel-fixture.js";

/** A notebook's folder with these files. */
function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

test("every kind of declaration can be declared again as every other", async (t) => {
  const kernel = await kernelFor(t);
  const declare = (name: string): [code: string, expression: string, result: string][] => [
    [`const ${name} = 1`, name, "1"],
    [`let ${name} = 's'`, name, "'s'"],
    [`class ${name} { static k = 2 }`, `${name}.k`, "2"],
    [`enum ${name} { A = 3 }`, `${name}.A`, "3"],
    [`function ${name}() { return 4 }`, `${name}()`, "4"],
    [`namespace ${name} { export const n = 5 }`, `${name}.n`, "5"],
    [`import { sep as ${name} } from "node:path"`, name, "'/'"],
    [`import * as ${name} from "node:path"`, `${name}.sep`, "'/'"],
    [`interface ${name} { x: number } const also${name}: ${name} = { x: 6 }`, `also${name}.x`, "6"],
    [`type ${name} = 7; const is${name}: ${name} = 7`, `is${name}`, "7"],
    [`var ${name} = 8`, name, "8"],
    [`const { ${name} } = { ${name}: 9 }`, name, "9"],
  ];
  const kinds = declare("x").length;
  for (let from = 0; from < kinds; from += 1) {
    for (const to of [(from + 1) % kinds, (from + 5) % kinds]) {
      for (const [code, expression, result] of [declare("x")[from], declare("x")[to]]) {
        assert.equal(await value(kernel, `${code};\n${expression}`), result, code);
      }
    }
  }
});

test("one cell: overloads, merged declarations, labels, loops, this, arguments", async (t) => {
  const kernel = await kernelFor(t);
  const cells: [string, string][] = [
    [
      "function o(a: string): string; function o(a: number): number; function o(a: unknown) { return a } o(3)",
      "3",
    ],
    ["function g() { return 1 } namespace g { export const x = 2 } [g(), g.x]", "[ 1, 2 ]"],
    ["class K { static s = 1 } namespace K { export const t = 5 } [K.s, K.t]", "[ 1, 5 ]"],
    ["enum Up { A } enum Up { C = 7 } ; [Up.A, Up.C]", "[ 0, 7 ]"],
    ["const enum CE { A = 4 } CE.A", "4"],
    [
      "let n = 0; outer: for (const i of [1, 2, 3]) for (const j of [1, 2]) { if (j === 2) continue outer; n += i } n",
      "6",
    ],
    ["this === globalThis", "true"],
    ["typeof arguments", "'undefined'"],
    ["import path = require('node:path'); path.join('a', 'b')", "'a/b'"],
    ["#!/usr/bin/env node\n1 + 1", "2"],
    ["\ufeff1 + 2", "3"],
    ["const l = `a\r\nb`;\r\nl.length", "3"],
    ["const 名前 = '🙂é', x𝒳 = 2; 名前 + x𝒳", "'🙂é2'"],
    ["// only a comment", ""],
    ["", ""],
    ["/* and\nanother */", ""],
    [
      "class P { #x = 1; static s = 2; accessor z = 3; get x() { return this.#x } } [new P().x, P.s, new P().z]",
      "[ 1, 2, 3 ]",
    ],
    ["(1, <number>(5 as unknown))", "5"],
    ["(<T>(x: T) => x)(6)", "6"],
    [`const q = 1; ${"q + ".repeat(1000)}0`, "1000"],
    [`let lines = 0;\n${"lines += 1; // one more\n".repeat(10_000)}lines`, "10000"],
  ];
  for (const [code, result] of cells) assert.equal(await value(kernel, code), result, code.slice(0, 80));
});

test("using and await using dispose when their block or cell ends", async (t) => {
  const kernel = await kernelFor(t);
  await value(
    kernel,
    "const log: string[] = []; const res = (name: string) => ({ name, [Symbol.dispose]() { log.push(name) }, async [Symbol.asyncDispose]() { await null; log.push(`async ${name}`) } })",
  );
  assert.equal(await value(kernel, "using a = res('a'); using b = res('b'); a.name + b.name"), "'ab'");
  assert.equal(await value(kernel, "await using c = res('c'); c.name"), "'c'");
  assert.equal(await value(kernel, "{ using hidden = res('d') }\ntypeof hidden"), "'undefined'");
  assert.equal(await value(kernel, "for (using e of [res('e'), res('f')]) log.push('in')"), "");
  assert.equal(await value(kernel, "log.join()"), "'b,a,async c,d,in,e,in,f'");
  const failed = await show(kernel, "using z = res('z');\nthrow new Error('still disposed')");
  assert.match(failed.reply.traceback?.join("\n") ?? "", /> 2 \| throw/);
  assert.equal(await value(kernel, "log.at(-1)"), "'z'");
});

test("decorators: TC39's by default, experimental ones when tsconfig.json says so", async (t) => {
  const standard = await kernelFor(t, { cwd: folderWith(t, {}) });
  await value(
    standard,
    "function twice(f: (n: number) => number, c: ClassMethodDecoratorContext) { return function (this: unknown, n: number) { return f.call(this, n) * 2 } }",
  );
  assert.equal(await value(standard, "class A { @twice m(n: number) { return n + 1 } }\nnew A().m(2)"), "6");
  const { reply } = await show(standard, "class B {\n  @twice m() { throw new Error('x') }\n}\nnew B().m()");
  assert.match(reply.traceback?.join("\n") ?? "", /> 2 \| {3}@twice m/);
  const folder = folderWith(t, {
    "tsconfig.json": '{ "extends": "./base.json" }',
    "base.json": '// options\n{ "compilerOptions": { "experimentalDecorators": true, }, }',
  });
  const experimental = await kernelFor(t, { cwd: folder });
  const code =
    "function named(target: object, key: string, d: PropertyDescriptor) { d.value = () => key }\nclass A { @named m() { return '' } }\nnew A().m()";
  assert.equal(await value(experimental, code), "'m'");
});

test("JSX becomes what tsconfig.json says; without it the error says what to write", async (t) => {
  const folder = folderWith(t, {
    "tsconfig.json": '{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"minijsx"}}',
    "node_modules/minijsx/package.json": '{"type":"module","exports":{"./jsx-runtime":"./j.js"}}',
    "node_modules/minijsx/j.js": "export const jsx = (t, p) => ({ t, p }); export const jsxs = jsx;",
    "view.tsx": "export const View = () => <b>bold</b>;",
  });
  const kernel = await kernelFor(t, { cwd: folder });
  assert.equal(
    await value(kernel, "const App = () => <i class='x'>hi {1 + 1}</i>;\nApp()"),
    "{ t: 'i', p: { class: 'x', children: [ 'hi ', 2 ] } }",
  );
  assert.equal(await value(kernel, "import { View } from './view.tsx'; View().t"), "'b'");
  assert.equal(await value(kernel, "const id = <T,>(x: T) => x; <number>id(5)"), "5");
  const bare = await kernelFor(t, { cwd: folderWith(t, {}) });
  const { reply } = await show(bare, "const a = 1;\nconst b = <p>text</p>;");
  assert.match(reply.evalue ?? "", /JSX/);
  assert.match(reply.traceback?.join("\n") ?? "", /tsconfig\.json[^]*> 2 \| const b/);
  const factory =
    "/** @jsx h */ const h = (t: string, p: unknown, ...c: unknown[]) => [t, ...c]; <p>text</p>";
  assert.equal(await value(bare, `/** @jsxRuntime classic */ ${factory}`), "[ 'p', 'text' ]");
});

test("imports: paths, JSON, CommonJS, .js for .ts, and edits far away", async (t) => {
  const folder = folderWith(t, {
    "tsconfig.json": '{"compilerOptions":{"paths":{"@lib/*":["./lib/*"]}}}',
    "lib/m.ts": "export const a: number = 1;",
    "d.json": '{"z":3}',
    "c.cjs": "exports.named = 7;",
    "leaf.ts": "export const leaf: number = 1;",
    "mid.ts":
      "import { leaf } from './leaf.js';\nexport const mid = () => leaf;\nexport const made = Math.random();",
    "top/index.ts": "export * from '../mid';",
    "bad.ts": "export const a = 1;\nexport const = 2;",
    "types.ts": "export interface T { x: number }\nexport const used = 1;",
  });
  const kernel = await kernelFor(t, { cwd: folder });
  assert.equal(await value(kernel, "import { a } from '@lib/m'; a"), "1");
  assert.equal(
    await value(
      kernel,
      "import j from './d.json'; import k from './d.json' with { type: 'json' }; j.z + k.z",
    ),
    "6",
  );
  assert.equal(await value(kernel, "import c, { named } from './c.cjs'; [c.named, named]"), "[ 7, 7 ]");
  assert.equal(await value(kernel, "import { T, used } from './types'; const t: T = { x: used }; t.x"), "1");
  assert.equal(await value(kernel, "import { mid, made } from './top'; const before = made; mid()"), "1");
  assert.equal(await value(kernel, "import { made } from './top'; made === before"), "true");
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(join(folder, "leaf.ts"), "export const leaf: number = 2;");
  assert.equal(await value(kernel, "import { mid } from './top/index.js'; mid()"), "2");
  assert.equal(await value(kernel, "(await import('./mid')).mid()"), "2");
  const bad = await show(kernel, "import './bad.ts'");
  const text = bad.reply.traceback?.join("\n") ?? "";
  assert.match(text, /^SyntaxError: [^]*bad\.ts, line 2:\n[^]*> 2 \| export const = 2;\n {4}\| {14}\^/);
  assert.doesNotMatch(text, /typescript-hooks/);
});
