import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { startKernel } from "gradlab-kernel";
import { kernelFor, show, value } from "./kernel-fixture.js";
import { hasTslab, seeCell, startTslab } from "./tslab-kernel.js";

/**
 * What tslab's documentation and example notebooks show, in words of our own: cells that run one after
 * another. tslab loses messages that are sent while another is on its way, so cells wait between displays.
 */
const TYPESCRIPT: readonly string[] = [
  "console.log(`Good day from ${1 + 1} tabs`)\nconsole.log('Node', process.version.split('.')[0])",
  "/** The nth Fibonacci number, slowly. */\nfunction fib(n: number): number {\n  if (n > 1) {\n    return fib(n - 1) + fib(n - 2);\n  }\n  return 1;\n}",
  "{\n  const n = 12;\n  console.log(`fib(${n}) = ${fib(n)}`)\n}",
  "interface Named { name(): string }\nclass Person implements Named {\n  private given: string;\n  constructor(given: string) { this.given = given; }\n  name(): string { return `I am ${this.given}`; }\n}\nfunction say(one: Named) { console.log(one.name()); }\nsay(new Person('Ada'));",
  "let pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));\nconst begun = Date.now();\nawait pause(20);\n`waited ${Date.now() - begun >= 19}`",
  'import fs from "fs";\nimport * as tslab from "tslab";\nimport { tmpdir } from "os";\nimport * as path from "path";',
  "tslab.display.html('<b style=\"color:#007ACC\">Type</b>Script');",
  "tslab.display.markdown('# Title\\n\\n- one\\n- two');",
  "tslab.display.latex('$$ e^{i\\\\pi} = -1 $$');",
  'tslab.display.svg(\'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><circle r="5"/></svg>\');',
  "tslab.display.javascript('element.textContent = \"from a script\"');",
  "tslab.display.text('plain text');",
  "tslab.display.png(new Uint8Array([0x89, 0x50, 0x4e, 0x47]));",
  "tslab.display.jpeg(Buffer.from([0xff, 0xd8, 0xff]));",
  "tslab.display.gif(Buffer.from('GIF89a'));",
  "tslab.display.pdf(Buffer.from('%PDF-1.4'));",
  "tslab.display.raw('application/json', '{\"a\": 1}');",
  "tslab.display.raw('image/webp', new Uint8Array([1, 2, 3]));",
  "const file = path.join(tmpdir(), `tslab-${process.pid}.bin`);\nfs.writeFileSync(file, 'bytes');\ntslab.display.gif(fs.readFileSync(file));\nfs.unlinkSync(file);",
  "const bar = tslab.newDisplay();\nfor (let i = 0; i <= 3; i++) { bar.text(`${i} of 3`); await pause(30); }\nbar.html('<b>done</b>');",
  "const one = tslab.newDisplay(), two = tslab.newDisplay();\none.text('1'); await pause(30); two.text('2'); await pause(30); one.markdown('*1*'); await pause(30); two.raw('text/plain', '2!');",
  "require('tslab').display.html('<i>by require</i>');",
  "[typeof tslab.versions.tslab, typeof tslab.versions.typescript, tslab.versions.node === process.version].join()",
  "const point = { x: 1, y: [1, 2, 3], name: 'p' };\npoint",
  "const point = ['declared', 'anew'];\npoint.map((word) => word.length)",
  "enum Side { Left = 1, Right }\nconst { x, ...others } = { x: Side.Right, a: 1, b: 2 };\n[x, others]",
  "async function later() { await pause(5); return 'resolved'; }\nawait later()",
  "let n: number = 3;\nn *= 2;\nn",
  "for (const v of (function* (n: number) { for (let i = 0; i < n; i += 2) yield i * i; })(4)) { console.log(v); await pause(30) }",
  "{\n  let o = { x: null as any }, y = 0;\n  console.log('chain', o?.x?.z, o.x ?? y ?? 'z');\n}",
  "import { inspect } from 'util';\nconsole.log(inspect(new Map([['k', new Set([1])]])));",
  "let unset;\nunset",
];

const JAVASCRIPT: readonly string[] = [
  "const greet = (name) => `Hello, ${name}`;\ngreet('script')",
  "const tslab = require('tslab');\ntslab.display.html('<b>from JavaScript</b>');",
  "import * as os from 'os';\ntypeof os.cpus().length",
  "class Counter { #n = 0; up() { return ++this.#n } }\nconst counter = new Counter();\ncounter.up(); counter.up()",
  "const later = await Promise.resolve([1, 2]);\nlater",
];

for (const [language, cells] of [
  ["typescript", TYPESCRIPT],
  ["javascript", JAVASCRIPT],
] as const) {
  test(`tslab's examples in ${language} show the same in tslab and here`, async (t) => {
    if (!hasTslab()) return t.skip("tslab is not installed: npm ci --prefix tests/peers/tslab");
    const folder = mkdtempSync(join(tmpdir(), "gradlab-tslab-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const ours = await startKernel({ cwd: folder, language, typeCheck: "block" });
    t.after(() => ours.shutdown());
    const theirs = await startTslab(language);
    t.after(() => theirs.shutdown());
    for (const cell of cells) {
      const here = await seeCell(ours, cell);
      let there = await seeCell(theirs, cell);
      // a display that was lost comes the next time; what tslab prints comes in order
      for (let again = 0; again < 3 && !sameShown(here, there); again += 1)
        there = await seeCell(theirs, cell);
      assert.deepEqual(here, there, cell);
    }
    t.diagnostic(`${cells.length} cells compared`);
  });
}

function sameShown(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

async function bareKernel(t: TestContext): Promise<Awaited<ReturnType<typeof kernelFor>>> {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-tslab-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return kernelFor(t, { cwd: folder });
}

test("tslab's display API needs no package", async (t) => {
  const kernel = await bareKernel(t);
  const { outputs, reply } = await show(
    kernel,
    `import * as tslab from "tslab";
     const d = tslab.newDisplay();
     d.text("1"); d.html("<b>2</b>"); tslab.display.png(new Uint8Array([1, 2]));
     const same = require("tslab").display === tslab.display && typeof require.resolve === "function";`,
  );
  assert.equal(reply.status, "ok", reply.traceback?.join("\n"));
  const shown = outputs.filter(({ type }) => type.endsWith("display_data"));
  assert.deepEqual(
    shown.map(({ type, content }) => [type, content["data"]]),
    [
      ["display_data", { "text/plain": "1" }],
      ["update_display_data", { "text/html": "<b>2</b>" }],
      ["display_data", { "image/png": "AQI=" }],
    ],
  );
  assert.deepEqual(shown[0].content["transient"], shown[1].content["transient"]);
  assert.deepEqual(shown[2].content["transient"], {});
  assert.equal(await value(kernel, "same"), "true");
  const dynamic = `const name = "tslab"; const [a, b, c] = [await import(name), await import("gradlab-kernel/widgets"), await import("node:path", {})];
    const deep = async () => (await import(await Promise.resolve("node:os"))).EOL;
    [a.display === tslab.display, typeof b.interact, typeof c.join, await deep()]`;
  assert.equal(await value(kernel, dynamic), "[ true, 'function', 'function', '\\n' ]");
  const { reply: missing } = await show(kernel, "1;\nawait import('not-there')");
  assert.match(missing.traceback?.join("\n") ?? "", /npm install not-there[^]*> 2 \| await import/);
});
