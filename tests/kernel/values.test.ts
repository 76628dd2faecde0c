import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { KernelClient } from "gradlab-kernel";
import { kernelFor, show, value } from "./kernel-fixture.js";

type Json = Record<string, unknown>;

interface ShownValue {
  readonly data: Json;
  readonly metadata: Json;
  readonly stderr: string;
}

/** What the last expression of a cell shows. */
async function shown(kernel: KernelClient, code: string): Promise<ShownValue> {
  const { outputs, reply, stderr } = await show(kernel, code);
  assert.equal(reply.status, "ok", reply.traceback?.join("\n"));
  const content = outputs.find(({ type }) => type === "execute_result")?.content ?? {};
  return { data: (content["data"] ?? {}) as Json, metadata: (content["metadata"] ?? {}) as Json, stderr };
}

const HOSTILE = `<img src=x onerror="alert('1')">&</table><script>`;
const unsafe = /<img|<script|<\/table><|onerror="/;

test("text from data never becomes markup: in cells of tables, names of columns, nested values", async (t) => {
  const kernel = await kernelFor(t);
  const hostile = JSON.stringify(HOSTILE);
  for (const code of [
    `[{ a: ${hostile} }]`,
    `[{ [${hostile}]: 1 }]`,
    `[{ a: { b: [${hostile}] } }]`,
    `[{ a: new (class { get [Symbol.toStringTag]() { return ${hostile} } })() }]`,
    `[{ a: Symbol(${hostile}), b: () => ${hostile}, c: new Error(${hostile}) }]`,
    `({ columnNames: () => [${hostile}], numRows: () => 1, objects: () => [{ [${hostile}]: ${hostile} }] })`,
  ]) {
    const { data } = await shown(kernel, code);
    const html = String(data["text/html"]);
    assert.match(html, /^<table>/, code);
    assert.doesNotMatch(html.replace(/^<table>|<\/tbody><\/table>$/g, ""), unsafe, code);
  }
  for (const code of [hostile, `new Error(${hostile})`, `new Map([[${hostile}, 1]])`]) {
    assert.equal((await shown(kernel, code)).data["text/html"], undefined);
  }
});

test("records: getters are named, long tables counted, whole ones a data resource as well", async (t) => {
  const kernel = await kernelFor(t);
  const { data } = await shown(
    kernel,
    "let ran = 0; [{ n: 1, big: 2n, s: 'a', d: new Date(0), get g() { ran++; return 1 } }, { n: NaN, s: null }]",
  );
  assert.match(String(data["text/html"]), /<td style="text-align:right">1<\/td>.*\[Getter\]/s);
  assert.equal(await value(kernel, "ran"), "0");
  const resource = data["application/vnd.dataresource+json"] as { schema: { fields: Json[] }; data: Json[] };
  assert.deepEqual(
    resource.schema.fields.map(({ name, type }) => [name, type]),
    [
      ["n", "number"],
      ["big", "integer"],
      ["s", "string"],
      ["d", "datetime"],
      ["g", "any"],
    ],
  );
  assert.deepEqual(resource.data[0], { n: 1, big: 2, s: "a", d: "1970-01-01T00:00:00.000Z", g: {} });
  const long = await shown(kernel, "Array.from({ length: 1234 }, (_, i) => ({ i }))");
  assert.match(String(long.data["text/html"]), /<p>… 1,184 more rows<\/p>$/);
  assert.equal(long.data["application/vnd.dataresource+json"], undefined);
  for (const plain of ["[]", "[{}]", "[1, { a: 1 }]", "[new Date(0)]", "[new Proxy({ a: 1 }, {})]"]) {
    assert.equal((await shown(kernel, plain)).data["text/html"], undefined, plain);
  }
});

test("an Arquero table is a table, in text too", async (t) => {
  const kernel = await kernelFor(t);
  const { data } = await shown(
    kernel,
    'import { table } from "arquero"; table({ name: ["a", "bb"], n: [1, 20] })',
  );
  assert.match(String(data["text/html"]), /<th>name<\/th><th>n<\/th>/);
  assert.equal(data["text/plain"], "name  n\na      1\nbb    20");
});

test("typed arrays: length, dtype, least, mean, greatest and the first values", async (t) => {
  const kernel = await kernelFor(t);
  const text = async (code: string): Promise<unknown> => (await shown(kernel, code)).data["text/plain"];
  assert.equal(await text("new Float32Array([1, 2])"), "Float32Array(2) [ 1, 2 ]");
  assert.equal(
    await text("Float32Array.from({ length: 1000 }, (_, i) => (i === 3 ? NaN : i / 2 - 1))"),
    "Float32Array(1000) float32, min -1, mean 249, max 498.5, 1 NaN\n[ -1, -0.5, 0, NaN, 1, 1.5, 2, 2.5, 3, 3.5, … 990 more ]",
  );
  assert.equal(
    await text("BigInt64Array.from({ length: 30 }, (_, i) => BigInt(-i))"),
    "BigInt64Array(30) int64, min -29, mean -14.5, max 0\n[ 0n, -1n, -2n, -3n, -4n, -5n, -6n, -7n, -8n, -9n, … 20 more ]",
  );
  assert.match(
    String(await text("new Uint8ClampedArray(25).fill(255)")),
    /^Uint8ClampedArray\(25\) uint8, min 255, mean 255, max 255/,
  );
  assert.match(String(await text("new Float64Array(40).fill(NaN)")), /float64, all 40 NaN/);
  assert.match(String(await text("Buffer.alloc(200)")), /^<Buffer 00 .*150 more bytes>$/);
});

test("long, deep, strange and hostile values are folded and never fail a cell", async (t) => {
  const kernel = await kernelFor(t);
  const text = async (code: string): Promise<string> =>
    String((await shown(kernel, code)).data["text/plain"]);
  assert.match(await text("'x'.repeat(1e6)"), /990000 more characters$/);
  assert.match(
    await text("Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => ['k' + i, i]))"),
    /k299: 299,\s+'…': 99,700 more keys/,
  );
  assert.match(
    await text("new Map(Array.from({ length: 500 }, (_, i) => [i, { i }]))"),
    /^Map\(500\) \{[^]*400 more items/,
  );
  assert.match(await text("new Set([1, 'a'])"), /^Set\(2\) \{ 1, 'a' \}$/);
  assert.match(
    await text("class Point { x = 1; #hidden = 2; get y() { throw 1 } }; new Point()"),
    /^Point \{ x: 1 \}$/,
  );
  assert.match(await text("const c: any = { a: 1 }; c.self = c; c"), /\[Circular \*1\]/);
  assert.match(await text("({ get boom() { throw new Error('ran') } })"), /\[Getter\]/);
  assert.match(await text("({ a: { b: { c: { d: { e: { f: 1 } } } } } })"), /\[Object\]/);
  const traps =
    "new Proxy({ a: 1 }, { get() { throw new Error('get') }, has() { throw new Error('has') }, ownKeys() { throw new Error('keys') } })";
  assert.match(await text(`[${traps}][0] === undefined ? 0 : { p: ${traps} }`), /p: \{ a: 1 \}/);
  assert.match(
    await text("({ [Symbol.for('nodejs.util.inspect.custom')]() { throw new Error('custom') } })"),
    /inspect\.custom/,
  );
  assert.match(
    await text("(() => { const e = new TypeError('kept', { cause: 'why' }); return e })()"),
    /^TypeError: kept[^]*cell \d+, line 1[^]*Caused by: 'why'/,
  );
  assert.equal(await text("null"), "null");
  assert.equal(await text("Symbol('s')"), "Symbol(s)");
  assert.equal(await text("-0"), "-0");
});

test("a display that fails is told of, and the value shown as text; wrong bundles are made right", async (t) => {
  const kernel = await kernelFor(t);
  const failed = await shown(
    kernel,
    "({ a: 1, async [Symbol.for('Jupyter.display')]() { throw new Error('broken') } })",
  );
  assert.match(String(failed.data["text/plain"]), /a: 1/);
  assert.match(failed.stderr, /This value's display failed; it is shown as text\. Error: broken\n/);
  const { data } = await shown(
    kernel,
    `const cycle: any = { n: 1n, nan: NaN, when: new Date(0), list: new Float32Array([1]) }; cycle.self = cycle;
     ({ [Symbol.for("gradlab.display")]: () => ({ "application/json": cycle, "text/plain": ["two\\n", "lines"], "text/html": 7, "image/png": new Uint8Array([1]), "text/latex": undefined }) })`,
  );
  assert.deepEqual(data, {
    "application/json": { n: 1, nan: null, when: "1970-01-01T00:00:00.000Z", list: [1], self: "[Circular]" },
    "text/plain": "two\nlines",
    "text/html": "7",
    "image/png": "AQ==",
  });
});

test("known shapes: Vega by $schema, Plotly by its traces, images by their first bytes; nothing that only looks alike", async (t) => {
  const kernel = await kernelFor(t);
  const types = async (code: string): Promise<string[]> =>
    Object.keys((await shown(kernel, code)).data).filter((type) => type !== "text/plain");
  assert.deepEqual(
    await types("({ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', mark: 'bar' })"),
    ["application/vnd.vegalite.v5+json"],
  );
  assert.deepEqual(
    await types("({ toSpec: () => ({ $schema: 'https://vega.github.io/schema/vega/v5.2.0.json' }) })"),
    ["application/vnd.vega.v5+json"],
  );
  assert.deepEqual(await types("({ data: [{ type: 'bar', y: [1] }], layout: {} })"), [
    "application/vnd.plotly.v1+json",
  ]);
  assert.deepEqual(await types("Buffer.from('GIF89a…')"), ["image/gif"]);
  for (const alike of [
    "({ data: [1, 2], layout: 'x' })",
    "({ data: [{ type: 'row' }], layout: {} })",
    "({ data: [], layout: {} })",
    "({ data: [{ type: 'bar' }], layout: {}, status: 200 })",
    "({ $schema: 'https://json-schema.org/draft-07/schema' })",
    "Buffer.from('%PDF-1.4')",
    "new Uint8Array([137, 80, 78, 71])",
    "({ 'text/html': '<b>only an object</b>' })",
  ]) {
    assert.deepEqual(await types(alike), [], alike);
  }
});

test("helpers make what they are named for", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-image-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "p.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]));
  writeFileSync(join(folder, "s.svg"), "<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>");
  writeFileSync(join(folder, "t.txt"), "text");
  const kernel = await kernelFor(t, { cwd: folder });
  const first = async (code: string): Promise<unknown> =>
    Object.entries((await shown(kernel, `Jupyter.${code}`)).data)[0];
  assert.deepEqual(await first("html`<b>${1 + 1}</b>`"), ["text/html", "<b>2</b>"]);
  assert.deepEqual(await first("md('# a')"), ["text/markdown", "# a"]);
  assert.deepEqual(await first("markdown`*b*`"), ["text/markdown", "*b*"]);
  assert.deepEqual(await first("latex`\\frac{1}{2}`"), ["text/latex", "\\frac{1}{2}"]);
  assert.deepEqual(await first("svg('<svg/>')"), ["image/svg+xml", "<svg/>"]);
  assert.deepEqual(await first("json({ a: [1n] })"), ["application/json", { a: [1] }]);
  assert.deepEqual(await first("vega({ mark: 'bar' })"), [
    "application/vnd.vegalite.v5+json",
    { mark: "bar" },
  ]);
  assert.deepEqual(await first("plotly({ data: [{ y: [1] }] })"), [
    "application/vnd.plotly.v1+json",
    { data: [{ y: [1] }], layout: {} },
  ]);
  const picture = await shown(kernel, "Jupyter.image('p.png', { width: 20 })");
  assert.deepEqual(picture.data, { "image/png": "iVBORw0KGgoB", "text/plain": "PNG image, 9 bytes" });
  assert.deepEqual(picture.metadata, { "image/png": { width: 20 } });
  assert.equal(((await first("image('s.svg')")) as string[])[0], "image/svg+xml");
  assert.equal(((await first("image(Buffer.from('%PDF-1.4'))")) as string[])[0], "application/pdf");
  const wrong = await show(kernel, "Jupyter.image('t.txt')");
  assert.equal(wrong.reply.ename, "E_USAGE");
});

test("display: values, bundles, handles and Deno's options; clearOutput", async (t) => {
  const kernel = await kernelFor(t);
  const { outputs } = await show(
    kernel,
    `const handle = await display("one");
     await handle.update({ "text/html": "<b>two</b>" });
     await display({ "text/markdown": "*b*" });
     await display({ odd: 1 }, { raw: true, display_id: "d" });
     await display(Promise.resolve([{ a: 1 }]), { metadata: { m: 1 } });
     Jupyter.clearOutput(true);`,
  );
  const seen = outputs.filter(({ type }) => type !== "execute_input");
  assert.deepEqual(
    seen.map(({ type }) => type),
    ["display_data", "update_display_data", "display_data", "display_data", "display_data", "clear_output"],
  );
  const [one, two, bundle, raw, table, clear] = seen.map(({ content }) => content);
  assert.deepEqual(one["transient"], two["transient"]);
  assert.deepEqual(two["data"], { "text/html": "<b>two</b>" });
  assert.deepEqual(bundle["data"], { "text/markdown": "*b*" });
  assert.deepEqual([raw["data"], raw["transient"]], [{ odd: "1" }, { display_id: "d" }]);
  assert.ok("text/html" in (table["data"] as Json));
  assert.deepEqual(table["metadata"], { m: 1 });
  assert.deepEqual(clear, { wait: true });
});
