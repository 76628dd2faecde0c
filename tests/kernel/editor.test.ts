import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { EditorClient } from "./editor-client.js";
import { kernelFor, show, value } from "./kernel-fixture.js";

interface Problem {
  readonly range: { readonly start: object; readonly end: object };
  readonly severity: string;
  readonly code: string;
  readonly message: string;
  readonly tags?: readonly string[];
}
interface Problems {
  readonly cells: readonly { readonly id: string; readonly diagnostics: readonly Problem[] }[];
}
interface Items {
  readonly range: { readonly start: object; readonly end: object };
  readonly items: readonly {
    readonly label: string;
    readonly kind: string;
    readonly detail?: string;
    readonly documentation?: string;
    readonly data: number;
    readonly deprecated?: boolean;
  }[];
}

const at = (line: number, character: number): { line: number; character: number } => ({ line, character });

test("the comm says what it can, and other targets are refused", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  const editor = new EditorClient(kernel);
  await editor.until(() => editor.notes.length > 0);
  const [hello] = editor.notes;
  assert.equal(hello.method, "hello");
  assert.equal(hello.params["version"], 1);
  assert.equal(hello.params["typeCheck"], "warn");
  assert.deepEqual(hello.params["methods"], [
    "diagnostics",
    "hover",
    "signatureHelp",
    "completion",
    "resolve",
    "definition",
    "format",
  ]);
  const comms = await kernel.request("comm_info_request", { target_name: "gradlab.language" });
  assert.equal(Object.keys(comms.content["comms"] as object).length, 1);
  const unknown = new EditorClient(kernel, "gradlab.nothing");
  await unknown.until(() => unknown.closed);
  editor.close();
  const after = await kernel.request("comm_info_request", { target_name: "gradlab.language" });
  assert.deepEqual(after.content["comms"], {});
});

test("diagnostics of cells that never ran see the cells above, in any text", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  const editor = new EditorClient(kernel);
  const cells = [
    { id: "a", text: "interface Point { x: number }" },
    { id: "b", text: "const p: Point = { x: 1 }; let n = 1" },
    { id: "c", text: "n = 2; const é: Point = { x: '🙂' };\np.y" },
    { id: "d", text: "/** @deprecated */ function old() {}\nold(); later()" },
    { id: "e", text: "function later() {}" },
    { id: "f", text: "%time const q: string = 1\n%whoo" },
    { id: "g", text: "if (true) {" },
    { id: "h", text: "%%bash\nls | wc -l; const" },
  ];
  const found = await editor.result<Problems>("diagnostics", { cells });
  assert.deepEqual(
    found.cells.map(({ id }) => id),
    cells.map(({ id }) => id),
  );
  const of = (id: string): readonly Problem[] =>
    found.cells.find((cell) => cell.id === id)?.diagnostics ?? [];
  assert.deepEqual([of("a"), of("b"), of("e"), of("h")], [[], [], [], []]);
  const [text, member] = of("c");
  assert.deepEqual(
    [text.code, text.severity, text.range],
    ["TS2322", "error", { start: at(0, 26), end: at(0, 27) }],
  );
  assert.deepEqual([member.code, member.range], ["TS2339", { start: at(1, 2), end: at(1, 3) }]);
  assert.deepEqual(
    of("d").map(({ code, tags }) => [code, tags]),
    [
      ["TS2304", undefined],
      ["TS6387", ["deprecated"]],
    ],
  );
  assert.deepEqual(
    of("f").map(({ code, range }) => [code, range]),
    [
      ["E_MAGIC", { start: at(1, 0), end: at(1, 5) }],
      ["TS2322", { start: at(0, 12), end: at(0, 13) }],
    ],
  );
  assert.deepEqual(
    of("g").map(({ code, range }) => [code, range.start]),
    [["TS1005", at(0, 11)]],
  );
  // one cell's text replaced; a declaration above changes what is wrong below
  const fixed = await editor.result<Problems>("diagnostics", {
    cell: "a",
    text: "interface Point { x: string; }",
    only: ["b", "c"],
  });
  assert.deepEqual(
    fixed.cells.map(({ id, diagnostics }) => [id, diagnostics.map(({ code }) => code)]),
    [
      ["b", ["TS2322"]],
      ["c", ["TS2339"]],
    ],
  );
  await value(kernel, "%typecheck off");
  const quiet = await editor.result<Problems>("diagnostics");
  assert.deepEqual(
    quiet.cells.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)),
    ["E_MAGIC", "TS1005"],
  );
});

test("hover, signatures, completion and definition across cells, also while a cell runs", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "lib.ts"), "/** From a file. */\nexport const fromFile = { one: 1 };\n");
  const kernel = await kernelFor(t, { typeCheck: "warn", cwd: folder });
  await value(kernel, "const ran = { epochs: 3 }; let counter = 1");
  const editor = new EditorClient(kernel);
  const cells = [
    {
      id: "a",
      text: "/** Adds.\n * @param a the first\n */\nfunction add(a: number, b = 2): number { return a + b }",
    },
    { id: "b", text: "'🙂'; add(1, 2); counter = 2;\nran.ep" },
    { id: "c", text: "import { fromFile } from './lib';\nfromFile.one" },
  ];
  const running = show(kernel, "while (true) {}");
  const hover = await editor.result<{ contents: string; range: object }>("hover", {
    cells,
    cell: "b",
    position: at(0, 7),
  });
  assert.match(
    hover.contents,
    /```typescript\nfunction add\(a: number, b\?: number\): number\n```[^]*Adds\./,
  );
  assert.deepEqual(hover.range, { start: at(0, 6), end: at(0, 9) });
  assert.equal(await editor.result("hover", { cell: "b", position: at(0, 5) }), null);
  const signature = await editor.result<object>("signatureHelp", { cell: "b", position: at(0, 13) });
  assert.deepEqual(signature, {
    signatures: [
      {
        label: "add(a: number, b?: number): number",
        documentation: "Adds.",
        parameters: [
          { label: "a: number", range: [4, 13], documentation: "the first" },
          { label: "b?: number", range: [15, 25] },
        ],
      },
    ],
    activeSignature: 0,
    activeParameter: 1,
  });
  const member = await editor.result<Items>("completion", { cell: "b", position: at(1, 6) });
  assert.deepEqual(member.range, { start: at(1, 4), end: at(1, 6) });
  assert.deepEqual(
    member.items.map(({ label, kind, detail }) => [label, kind, detail]),
    [["epochs", "property", "(property) epochs: number"]],
  );
  const globals = await editor.result<Items>("completion", {
    cell: "c",
    text: "ad",
    position: at(0, 2),
    details: 0,
  });
  const add = globals.items.find(({ label }) => label === "add");
  assert.deepEqual([add?.kind, add?.detail], ["function", undefined]);
  const resolved = await editor.result<{ detail: string; documentation: string }>("resolve", {
    data: add?.data,
  });
  assert.equal(resolved.detail, "function add(a: number, b?: number): number");
  assert.match(resolved.documentation, /^Adds\.\n/);
  const definition = (params: object): Promise<unknown> => editor.result("definition", { cells, ...params });
  assert.deepEqual(await definition({ cell: "b", position: at(0, 7) }), {
    locations: [{ cell: "a", range: { start: at(3, 9), end: at(3, 12) } }],
  });
  assert.deepEqual(await definition({ cell: "b", position: at(1, 1) }), {
    locations: [{ execution: 1, range: { start: at(0, 6), end: at(0, 9) } }],
  });
  assert.deepEqual(await definition({ cell: "b", position: at(0, 20) }), {
    locations: [{ execution: 1, range: { start: at(0, 31), end: at(0, 38) } }],
  });
  assert.deepEqual(await definition({ cell: "c", position: at(1, 2) }), {
    locations: [{ file: join(folder, "lib.ts"), range: { start: at(1, 13), end: at(1, 21) } }],
  });
  await kernel.interrupt();
  await running;
});

test("formatting touches spaces only, and neither magics nor code that does not parse", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  const editor = new EditorClient(kernel);
  const format = async (source: string): Promise<string> => {
    const { edits } = await editor.result<{
      edits: {
        range: { start: { line: number; character: number }; end: { line: number; character: number } };
        newText: string;
      }[];
    }>("format", { cells: [{ id: "a", text: source }], cell: "a" });
    const lines = source.split("\n");
    for (const { range, newText } of edits.toReversed()) {
      assert.equal(range.start.line, range.end.line, "an edit of one line");
      const line = lines[range.start.line];
      lines[range.start.line] =
        line.slice(0, range.start.character) + newText + line.slice(range.end.character);
    }
    return lines.join("\n");
  };
  assert.equal(
    await format("const a={b:1}\nif(a.b){\na.b=2\n}"),
    "const a = { b: 1 }\nif (a.b) {\n  a.b = 2\n}",
  );
  assert.equal(await format("%env   A=1\nconst a=1"), "%env   A=1\nconst a = 1");
  assert.equal(await format("if (a{"), "if (a{");
  assert.equal(await format("%%bash\nls   -l"), "%%bash\nls   -l");
});

test("requests are cancelled, refused with a reason, and told to ask again", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  const editor = new EditorClient(kernel);
  const code = async (method: string, params: Record<string, unknown>): Promise<string | undefined> =>
    (await editor.request(method, params)).error?.code;
  const cells = Array.from({ length: 30 }, (_, i) => ({ id: `c${i}`, text: `const v${i} = ${i}` }));
  const first = editor.request("diagnostics", { cells });
  const second = editor.request("diagnostics", { cells });
  assert.equal((await first).error?.code, "cancelled");
  assert.equal((await second).error, undefined);
  const id = editor.nextId;
  const third = editor.request("diagnostics", { cells });
  editor.send({ method: "cancel", params: { id } });
  assert.equal((await third).error?.code, "cancelled");
  assert.equal(await code("nothing", {}), "method");
  assert.equal(await code("hover", { cell: "absent", position: at(0, 0) }), "params");
  assert.equal(await code("hover", { cell: "c1", position: { line: "0" } }), "params");
  assert.equal(await code("hover", { cells: [{ id: 1 }], cell: "c1" }), "params");
  assert.equal((await editor.request("hover", { cell: "c1", position: at(9, 9) })).error, undefined);
  const notes = editor.notes.length;
  await value(kernel, "const x = 1");
  await editor.until(() => editor.notes.length > notes);
  assert.deepEqual(editor.notes.at(-1), { method: "refresh", params: { typeCheck: "warn" } });
});

test("comms that pages left open are closed when there are many: those not used for longest", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  const cells = [{ id: "c", text: "1" }];
  const editors = Array.from({ length: 16 }, () => new EditorClient(kernel));
  assert.equal((await editors[0].request("diagnostics", { cells })).error, undefined);
  const last = new EditorClient(kernel);
  await editors[1].until(() => editors[1].closed);
  assert.equal((await last.request("diagnostics", { cells })).error, undefined);
  assert.deepEqual(
    editors.map(({ closed }) => closed),
    editors.map((_, i) => i === 1),
  );
});
