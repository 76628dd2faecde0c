import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { KernelClient } from "gradlab-kernel";
import { folderFor, kernelFor, processTree, show, value } from "./kernel-fixture.js";

/** Completion waits for the language server; after it the server is up. */
async function warm(kernel: KernelClient): Promise<void> {
  await kernel.request("complete_request", { code: "Arra", cursor_pos: 4 });
}

test("types are carried across cells and errors shown before the cell runs", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await warm(kernel);
  await value(
    kernel,
    "interface Point { x: number } const origin: Point = { x: 0 }; enum Side { Left } let count = 1",
  );
  const wrong = await show(kernel, "const p: Point = origin;\nconst s: string = p.x;\nconsole.log('ran')");
  assert.match(
    wrong.stderr,
    /cell 2:2:7 TS2322: Type 'number' is not assignable to type 'string'\.\n {2}2 \| const s/,
  );
  assert.equal(wrong.stdout, "ran\n");
  assert.equal(wrong.outputs[1]?.content["name"], "stderr", "the error comes first");
  const right = await show(kernel, "count = count + 1; const side: Side = Side.Left; origin.x += 1");
  assert.equal(right.stderr, "");
  const again = await show(kernel, "const origin = 'now a text'; origin.length");
  assert.equal(again.stderr, "");
  assert.equal((await show(kernel, "origin.toUpperCase()")).stderr, "");
  assert.match((await show(kernel, "origin.x")).stderr, /TS2339/);
});

test("plain JavaScript is not scolded", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await warm(kernel);
  const shown = await show(
    kernel,
    "function add(a, b) { return a + b }\nconst { x, y } = JSON.parse('{\"x\":1}');\nadd(x, 2)",
  );
  assert.equal(shown.stderr, "");
  assert.equal(shown.result, "3");
});

test("`block` keeps a wrong cell from running", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "block" });
  await warm(kernel);
  const { reply, stdout } = await show(kernel, "console.log('ran');\nconst n: number = 'text';");
  assert.equal(reply.ename, "TypeCheckError");
  assert.match(reply.evalue ?? "", /cell 1:2:7 TS2322/);
  assert.equal(stdout, "");
});

test("completion and documentation know types of earlier cells", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await value(
    kernel,
    "/** Adds one. */\nfunction addOne(n: number): number { return n + 1 }\nconst cfg = { learningRate: 0.1, epochs: 3 }",
  );
  const member = await kernel.request("complete_request", { code: "const é = 1; cfg.lear", cursor_pos: 21 });
  assert.deepEqual(member.content["matches"], ["learningRate"]);
  assert.equal(member.content["cursor_start"], 17);
  assert.equal(member.content["cursor_end"], 21);
  const global = await kernel.request("complete_request", { code: "addO", cursor_pos: 4 });
  assert.deepEqual(global.content["matches"], ["addOne"]);
  const literal = await kernel.request("complete_request", { code: "[1, 2].flatM", cursor_pos: 12 });
  assert.deepEqual(literal.content["matches"], ["flatMap"]);
  const hover = await kernel.request("inspect_request", {
    code: "addOne(1)",
    cursor_pos: 3,
    detail_level: 0,
  });
  assert.equal(hover.content["found"], true);
  assert.match(
    (hover.content["data"] as Record<string, string>)["text/plain"] ?? "",
    /addOne\(n: number\): number[^]*Adds one\./,
  );
  const nothing = await kernel.request("inspect_request", { code: "   ", cursor_pos: 1 });
  assert.equal(nothing.content["found"], false);
});

test(
  "with `off` no language server runs until something is asked of it",
  { skip: process.platform !== "linux" },
  async (t) => {
    const kernel = await kernelFor(t, { typeCheck: "off" });
    const servers = (): number =>
      processTree(kernel.pid ?? 0).filter((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--lsp"),
      ).length;
    await value(kernel, "const cfg = { epochs: 3 }");
    await value(kernel, "let later = cfg; 5");
    // time enough for what the kernel does when nobody waits
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(servers(), 0);
    const reply = await kernel.request("complete_request", { code: "later.ep", cursor_pos: 8 });
    assert.deepEqual(reply.content["matches"], ["epochs"], "it knows the cells that ran before it");
    assert.equal(servers(), 1);
    assert.equal(await value(kernel, "later.epochs"), "3");
  },
);

test("completion answers while a cell spins", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await value(kernel, "const cfg = { epochs: 3 }");
  const running = show(kernel, "while (true) {}");
  const reply = await kernel.request("complete_request", { code: "cfg.ep", cursor_pos: 6 });
  assert.deepEqual(reply.content["matches"], ["epochs"]);
  await kernel.interrupt();
  await running;
});

test("results of cells that left nothing else are typed where a later cell names them", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "block" });
  await warm(kernel);
  for (const code of ["({ a: 5 })", "$1.a + 1", "'text'"]) await value(kernel, code);
  for (const [code, line] of [
    ["const s: string = $1.a", "TS2322"],
    ["const t: string = $2", "TS2322"],
    ["const n: number = $3", "TS2322"],
  ]) {
    const { reply } = await show(kernel, code);
    assert.match(reply.traceback?.join("\n") ?? "", new RegExp(line), code);
  }
  assert.equal(await value(kernel, "const sum: number = $1.a + $2 + $3.length; sum"), "15");
});

test("the same question again has the same answer, until a variable or a file is another", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "lib.ts"), "export const thing = { first: 1 };");
  const kernel = await kernelFor(t, { typeCheck: "warn", cwd: folder });
  await value(kernel, "let box = { one: 1 }");
  const complete = async (code: string, back = 0): Promise<unknown> =>
    (await kernel.request("complete_request", { code, cursor_pos: code.length - back })).content["matches"];
  const inspect = async (code: string): Promise<unknown> =>
    (await kernel.request("inspect_request", { code, cursor_pos: code.length, detail_level: 0 })).content[
      "data"
    ];
  for (const again of [false, true]) assert.deepEqual(await complete("box."), ["one"], String(again));
  assert.deepEqual(await complete("box.o.x", 2), ["one"]);
  const hovered = await inspect("box");
  assert.match(JSON.stringify(hovered), /one: number/);
  assert.deepEqual(await inspect("box"), hovered);
  await value(kernel, "let box = { two: 'a' }");
  assert.match(JSON.stringify(await inspect("box")), /two: string/);
  for (const again of [false, true]) assert.deepEqual(await complete("box."), ["two"], String(again));
  const imported = 'import { thing } from "./lib.ts"; thing.';
  assert.deepEqual(await complete(imported), ["first"]);
  writeFileSync(join(folder, "lib.ts"), "export const thing = { second: 1 };");
  utimesSync(join(folder, "lib.ts"), 1e9, 1e9); // times of files may be coarse
  assert.deepEqual(await complete(imported), ["second"]);
});

test("completion tells kinds and signatures, in code points", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await value(
    kernel,
    "const cfg = { epochs: 3, run(x: string) { return x } }; function addOne(n: number, by = 1) { return n + by } class Foo {} enum Side { A } interface Shape { x: 1 }",
  );
  const complete = async (code: string): Promise<unknown[]> => {
    const { content } = await kernel.request("complete_request", {
      code,
      cursor_pos: Array.from(code).length,
    });
    const types = (content["metadata"] as Record<string, unknown[]>)["_jupyter_types_experimental"];
    assert.equal(types.length, (content["matches"] as string[]).length);
    return types;
  };
  assert.deepEqual(await complete("'🙂'; cfg."), [
    { start: 9, end: 9, text: "epochs", type: "property", signature: ": number" },
    { start: 9, end: 9, text: "run", type: "method", signature: "(x: string): string" },
  ]);
  const first = async (code: string): Promise<unknown> => {
    const { text, type, signature } = (await complete(code))[0] as Record<string, string>;
    return [text, type, signature];
  };
  assert.deepEqual(await first("addO"), ["addOne", "function", "(n: number, by?: number): number"]);
  assert.deepEqual(await first("Fo"), ["Foo", "class", ""]);
  assert.deepEqual(await first("Side"), ["Side", "enum", ""]);
  assert.deepEqual(await first("let s: Shap"), ["Shape", "interface", ""]);
  assert.deepEqual(await first("import 'node:f"), ["node:fs", "module", ""]);
});

/** What keeps a cell from running. Unlike a warning it is waited for, however busy the machine is. */
async function blocked(kernel: KernelClient, code: string): Promise<string> {
  const { reply } = await show(kernel, code);
  assert.equal(reply.ename, "TypeCheckError");
  return reply.traceback?.join("\n") ?? "";
}

test("$_ and $n are the results, typed; edited files are checked as they are", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "lib.ts"), "export const n: number = 1;");
  const kernel = await kernelFor(t, { typeCheck: "block", cwd: folder });
  await warm(kernel);
  await value(kernel, "Promise.resolve({ count: 5 })");
  await value(kernel, "const nothing = 1");
  const right = await show(kernel, "$_.count + $1.count");
  assert.deepEqual([right.result, right.stderr], ["10", ""]);
  assert.match(await blocked(kernel, "const s: string = $1.count"), /TS2322/);
  assert.match(await blocked(kernel, "import { n } from './lib'; n.toFixed(); n.length"), /TS2339/);
  await new Promise((resolve) => setTimeout(resolve, 20));
  writeFileSync(join(folder, "lib.ts"), "export const n: string = 'text';");
  assert.equal(await value(kernel, "import { n } from './lib'; n.length"), "4");
});

test("options of tsconfig.json count for the types of cells", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { strict: false, paths: { "@x/*": ["./x/*"] } } }),
  );
  mkdirSync(join(folder, "x"));
  writeFileSync(join(folder, "x", "y.ts"), "export const y: number = 1;");
  const kernel = await kernelFor(t, { typeCheck: "block", cwd: folder });
  await warm(kernel);
  const loose = await show(kernel, "import { y } from '@x/y'; const s: string = null; y");
  assert.deepEqual([loose.result, loose.stderr], ["1", ""]);
  assert.match(await blocked(kernel, "const t: string = y"), /TS2322/);
});

test("browsers' names are unknown, and all of Node's known, until a tsconfig.json says otherwise", async (t) => {
  const cwd = folderFor(t);
  const kernel = await kernelFor(t, { typeCheck: "block", cwd });
  await warm(kernel);
  for (const name of ["document", "window", "HTMLElement"])
    assert.match(await blocked(kernel, `${name};`), /TS2\d+: Cannot find name/, name);
  const names = Object.getOwnPropertyNames(globalThis).filter((name) => /^[A-Za-z]\w*$/.test(name));
  assert.ok(names.includes("WebAssembly") && names.includes("CryptoKey") && names.length > 100);
  const all = await show(
    kernel,
    `${names.map((name) => `void ${name};`).join("\n")}
     const memory: ArrayBuffer = new WebAssembly.Memory({ initial: 1 }).buffer;
     const wasm = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
     let key: CryptoKey | undefined;
     memory.byteLength + Object.keys(wasm.instance.exports).length`,
  );
  assert.deepEqual([all.result, all.stderr], ["65536", ""]);
  const config = join(cwd, "tsconfig.json");
  writeFileSync(config, JSON.stringify({ compilerOptions: { lib: ["esnext", "dom"] } }));
  const shown = await show(kernel, "void (() => document.body)");
  assert.equal(shown.stderr, "");
  rmSync(config);
  assert.match(await blocked(kernel, "document.body"), /Cannot find name 'document'/);
});

test("the options of a tsconfig.json count where its files, include and exclude take the folder in", async (t) => {
  const root = folderFor(t);
  const cwd = join(root, "a", "books");
  mkdirSync(cwd, { recursive: true });
  const write = (path: string, config: object): void =>
    writeFileSync(
      join(root, path),
      JSON.stringify({ compilerOptions: { strict: false, lib: ["esnext"] }, ...config }),
    );
  const kernel = await kernelFor(t, { typeCheck: "block", cwd });
  await warm(kernel);
  const isLoose = async (): Promise<boolean> =>
    (await show(kernel, "var s: string = null")).reply.status === "ok";
  assert.equal(await isLoose(), false, "no config");
  write("base.json", { include: ["b"] });
  const cases: [config: object, taken: boolean][] = [
    [{}, true],
    [{ files: [] }, false],
    [{ include: ["a"] }, true],
    [{ include: ["src"] }, false],
    [{ include: ["./a/"] }, true],
    [{ include: ["*"] }, false],
    [{ include: ["**/*.ts"] }, true],
    [{ include: ["a/*"] }, false],
    [{ include: ["a/book?/gradlab-*"] }, true],
    [{ include: ["a/book.s/*"] }, false],
    [{ exclude: ["a/b"] }, true],
    [{ exclude: ["a"] }, false],
    [{ extends: "./base.json", include: ["a/**/*"] }, true],
    [{ extends: "./base.json" }, false],
  ];
  for (const [config, taken] of cases) {
    write("tsconfig.json", config);
    assert.equal(await isLoose(), taken, JSON.stringify(config));
  }
  write("tsconfig.json", { files: [], references: [{ path: "a" }], compilerOptions: {} });
  write("a/tsconfig.json", {});
  assert.equal(await isLoose(), true, "a nearer config");
});

test("completion offers no name that the notebook would first have to import", async (t) => {
  const cwd = folderFor(t);
  writeFileSync(join(cwd, "package.json"), JSON.stringify({ dependencies: { zebra: "*" } }));
  const zebra = join(cwd, "node_modules", "zebra");
  mkdirSync(zebra, { recursive: true });
  writeFileSync(join(zebra, "package.json"), JSON.stringify({ name: "zebra", types: "index.d.ts" }));
  writeFileSync(join(zebra, "index.d.ts"), "export declare const zebraStripes: number;\n");
  const kernel = await kernelFor(t, { typeCheck: "warn", cwd });
  const ask = async (code: string) => {
    const { content } = await kernel.request("complete_request", { code, cursor_pos: code.length });
    return content["matches"] as string[];
  };
  await ask("zebraStr"); // the server would look for packages in the background
  await value(kernel, "const zebraStreet = 1;");
  assert.deepEqual(await ask("zebraStr"), ["zebraStreet"]);
});
