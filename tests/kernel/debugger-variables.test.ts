import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "gradlab-kernel";
import { DapClient } from "./dap-client.js";
import { show, value } from "./kernel-fixture.js";

const DATA = `const list = Array.from({ length: 1234 }, (_, i) => i * 2);
const floats = new Float32Array(1_000_000).map((_, i) => i / 2);
const nested = { a: { b: [1, { c: "deep" }] }, "odd name": 1n };
const map = new Map<string, number[]>([["k", [1, 2]]]);
let ran = 0;
const lazy = { get costly() { ran += 1; return ran; }, plain: true };
class Point { #hidden = 7; constructor(readonly x: number) {} get twice() { ran += 1; return this.x * 2; } }
const point = new Point(3);
const trap = new Proxy({}, { get() { ran += 1; return 1; }, getPrototypeOf() { ran += 1; return null; }, ownKeys() { ran += 1; return []; } });
const tensor = { shape: [2, 3], [Symbol.for("nodejs.util.inspect.custom")]: (depth: number) => depth < 0 ? "float32[2, 3]" : "all the values" };
const shown = { [Symbol.for("gradlab.display")]: async () => ({ "text/html": "<b>x</b>", "text/plain": "x" }) };
const long = "x".repeat(10_000);
interface Unseen { a: 1 }
type AlsoUnseen = string;
const empty = undefined, nothing = null, text = "two\\nlines", symbol = Symbol("s"), huge = 10n ** 30n, when = new Date(0);
const callback = (n: number) => n;
const failing = Promise.reject(new Error("later")); failing.catch(() => {});`;

async function inspect(client: DapClient): Promise<Map<string, JsonObject>> {
  const { variables } = (await client.ask("inspectVariables", {})) as { variables: JsonObject[] };
  return new Map(variables.map((one) => [one["name"] as string, one]));
}

const texts = (variables: Map<string, JsonObject>): [string, unknown][] =>
  [...variables].map(([name, one]) => [name, one["value"]]);

test("an idle kernel shows its top-level names, without a debugger attached", async (t) => {
  const client = await DapClient.start(t);
  assert.deepEqual(await inspect(client), new Map());
  await value(client.kernel, DATA);
  const all = await inspect(client);
  assert.deepEqual([...all.keys()].sort(), [
    "Point",
    "callback",
    "empty",
    "failing",
    "floats",
    "huge",
    "lazy",
    "list",
    "long",
    "map",
    "nested",
    "nothing",
    "point",
    "ran",
    "shown",
    "symbol",
    "tensor",
    "text",
    "trap",
    "when",
  ]);
  const seen = (name: string): unknown[] => [all.get(name)?.["type"], all.get(name)?.["value"]];
  assert.deepEqual(seen("list"), ["Array", "(1234) [ 0, 2, 4, 6, 8, 10, ... 1228 more items ]"]);
  assert.deepEqual(seen("floats"), [
    "Float32Array",
    "Float32Array(1000000) [ 0, 0.5, 1, 1.5, 2, 2.5, ... 999994 more items ]",
  ]);
  assert.deepEqual(seen("tensor"), ["Object", "float32[2, 3]"]);
  assert.deepEqual(seen("nested"), ["Object", "{ a: [Object], 'odd name': 1n }"]);
  assert.deepEqual(seen("map"), ["Map", "Map(1) { 'k' => [Array] }"]);
  assert.deepEqual(seen("point"), ["Point", "Point { x: 3 }"]);
  assert.deepEqual(seen("Point"), ["function", "[class Point]"]);
  assert.deepEqual(seen("lazy"), ["Object", "{ costly: [Getter], plain: true }"]);
  assert.deepEqual(seen("empty"), ["undefined", "undefined"]);
  assert.deepEqual(seen("nothing"), ["null", "null"]);
  assert.deepEqual(seen("text"), ["string", "'two\\nlines'"]);
  assert.deepEqual(seen("huge"), ["bigint", "1000000000000000000000000000000n"]);
  assert.deepEqual(seen("when"), ["Date", "1970-01-01T00:00:00.000Z"]);
  assert.equal(seen("trap")[0], "Proxy");
  assert.ok(String(all.get("long")?.["value"]).length < 400);
  assert.equal(all.get("ran")?.["variablesReference"], 0);
  assert.equal(await value(client.kernel, "ran"), "0");
});

test("values open into their parts; nothing of the user's runs until it is asked for", async (t) => {
  const client = await DapClient.start(t);
  await value(client.kernel, DATA);
  const all = await inspect(client);
  const open = (name: string, more?: JsonObject): Promise<Map<string, JsonObject>> =>
    client.children(all.get(name)?.["variablesReference"], more);
  const a = await client.children((await open("nested")).get("a")?.["variablesReference"]);
  const b = await client.children(a.get("b")?.["variablesReference"]);
  assert.equal(b.get("1")?.["evaluateName"], "nested.a.b[1]");
  assert.equal(b.get("1")?.["value"], "{ c: 'deep' }");
  assert.equal((await open("nested")).get("odd name")?.["evaluateName"], 'nested["odd name"]');
  const point = await open("point");
  assert.deepEqual(texts(point).slice(0, 2), [
    ["x", "3"],
    ["#hidden", "7"],
  ]);
  const prototype = await client.children(point.get("[[Prototype]]")?.["variablesReference"]);
  assert.equal(prototype.get("twice")?.["value"], "(…)");
  const lazy = await open("lazy");
  assert.equal(lazy.get("costly")?.["value"], "(…)");
  await open("trap");
  assert.equal(await value(client.kernel, "ran"), "0");
  const got = await client.children(lazy.get("costly")?.["variablesReference"]);
  assert.deepEqual(texts(got), [["costly", "1"]]);
  assert.equal(await value(client.kernel, "ran"), "1");
  const entries = await client.children((await open("map")).get("[[Entries]]")?.["variablesReference"]);
  assert.equal(entries.get("0")?.["value"], '{"k" => Array(2)}');
  assert.equal((await open("failing")).get("[[PromiseState]]")?.["value"], "'rejected'");
});

test("long lists come in parts", async (t) => {
  const client = await DapClient.start(t);
  await value(client.kernel, DATA);
  const all = await inspect(client);
  assert.equal(all.get("list")?.["indexedVariables"], 1234);
  const list = all.get("list")?.["variablesReference"];
  const page = await client.children(list, { filter: "indexed", start: 1230, count: 50 });
  assert.deepEqual(texts(page), [
    ["1230", "2460"],
    ["1231", "2462"],
    ["1232", "2464"],
    ["1233", "2466"],
  ]);
  const named = await client.children(list, { filter: "named" });
  assert.deepEqual([...named.keys()], ["length", "[[Prototype]]"]);
  const ranges = await client.children(list);
  assert.deepEqual([...ranges.keys()].slice(0, 2), ["[0 … 99]", "[100 … 199]"]);
  const last = await client.children(ranges.get("[1200 … 1233]")?.["variablesReference"]);
  assert.equal(last.size, 34);
  assert.equal(last.get("1233")?.["evaluateName"], "list[1233]");
  let { floats } = Object.fromEntries(all) as { floats: JsonObject };
  for (const name of ["[990000 … 999999]", "[999900 … 999999]", "999999"]) {
    floats = (await client.children(floats["variablesReference"])).get(name) as JsonObject;
    assert.ok(floats, name);
  }
  assert.equal(floats["value"], "499999.5");
});

test("a rich view is what the cell would show", async (t) => {
  const client = await DapClient.start(t);
  await value(client.kernel, DATA);
  const rich = (variableName: string, more: JsonObject = {}): Promise<JsonObject> =>
    client.ask("richInspectVariables", { variableName, ...more });
  assert.deepEqual(await rich("shown"), {
    data: { "text/html": "<b>x</b>", "text/plain": "x" },
    metadata: {},
  });
  assert.deepEqual((await rich("tensor"))["data"], { "text/plain": "all the values" });
  assert.deepEqual(await rich("Unseen"), { data: {}, metadata: {} });
  assert.deepEqual(await rich("process.exit()"), { data: {}, metadata: {} });
  await client.attach();
  const code =
    "function look(now: object) {\n  const inner = now;\n  return inner;\n}\nlook({ [Symbol.for('gradlab.display')]: () => ({ 'text/markdown': '*m*' }) });";
  await client.breakAt(code, 3);
  const running = show(client.kernel, code);
  await client.next("stopped");
  const frameId = (await client.stack())[0]?.["id"];
  assert.equal(((await rich("inner", { frameId }))["data"] as JsonObject)["text/markdown"], "*m*");
  assert.match(String(((await rich("shown", { frameId }))["data"] as JsonObject)["text/plain"]), /display/);
  await client.ask("continue", { threadId: 1 });
  await running;
});

test("variables can be looked at while a cell runs", async (t) => {
  const client = await DapClient.start(t);
  const running = show(client.kernel, "var turn = 0; while (true) turn += 1;");
  const read = async (): Promise<number> => Number((await inspect(client)).get("turn")?.["value"] ?? 0);
  let first = 0;
  while (first === 0) first = await read();
  assert.ok((await read()) > first);
  const rich = (await client.ask("richInspectVariables", { variableName: "turn" }))["data"] as JsonObject;
  assert.match(String(rich["text/plain"]), /^\d+$/);
  await client.kernel.interrupt();
  assert.equal((await running).reply.ename, "Interrupted");
});

const FRAMES = `var outer = 1;
function make(step: number) {
  let total = 10;
  return (by: number) => {
    const inside = by * step;
    {
      let block = inside + total;
      total += inside;
      block += 1;
      return block;
    }
  };
}
const run = make(2);
const answer = run(5);
[answer, outer];`;

test("locals, closures and globals are told apart and can be set", async (t) => {
  const client = await DapClient.attached(t);
  await client.breakAt(FRAMES, 9);
  const running = show(client.kernel, FRAMES);
  await client.next("stopped");
  const frameId = (await client.stack())[0]?.["id"];
  const { scopes } = (await client.ask("scopes", { frameId })) as { scopes: JsonObject[] };
  assert.deepEqual(
    scopes.map(({ name }) => name),
    ["Locals", "Closure make", "Globals"],
  );
  assert.deepEqual(texts(await client.scope("Locals")), [
    ["block", "20"],
    ["by", "5"],
    ["inside", "10"],
  ]);
  assert.deepEqual(texts(await client.scope("Closure")), [
    ["step", "2"],
    ["total", "20"],
  ]);
  assert.equal((await client.scope("Globals")).get("outer")?.["value"], "1");
  const set = async (scope: number, name: string, text: string): Promise<unknown> =>
    (
      await client.ask("setVariable", {
        variablesReference: scopes[scope]?.["variablesReference"],
        name,
        value: text,
      })
    )["value"];
  assert.equal(await set(0, "block", "inside * 10 as number"), "100");
  assert.equal(await set(1, "total", "-1"), "-1");
  assert.equal(await set(2, "outer", "{ a: by }"), "{ a: 5 }");
  assert.deepEqual(
    [await client.evaluate("block"), await client.evaluate("total"), await client.evaluate("outer")],
    ["100", "-1", "{ a: 5 }"],
  );
  const object = (await client.scope("Globals")).get("outer");
  const ask = { variablesReference: object?.["variablesReference"], name: "a", value: "'new'" };
  assert.equal((await client.ask("setVariable", ask))["value"], "'new'");
  assert.match(
    await client.refused("setVariable", {
      variablesReference: scopes[0]?.["variablesReference"],
      name: "no",
      value: "1",
    }),
    /no variable no/,
  );
  await client.ask("copyToGlobals", {
    srcVariableName: "inside",
    dstVariableName: "copied",
    srcFrameId: frameId,
  });
  const top = await client.scope("Locals", 1);
  assert.equal(top.get("answer")?.["value"], "undefined");
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "[ 101, { a: 'new' } ]");
  assert.equal(await value(client.kernel, "copied"), "10");
  assert.equal((await inspect(client)).get("copied")?.["value"], "10");
});

test("expressions are evaluated as the cell's own, with awaits where nothing stands", async (t) => {
  const client = await DapClient.attached(t);
  const ask = async (expression: string): Promise<unknown> =>
    (await client.ask("evaluate", { expression, context: "repl" }))["result"];
  assert.equal(await ask("1 + 1 as number"), "2");
  assert.equal(await ask("await Promise.resolve('late')"), "'late'");
  assert.equal(await ask("const made: number = 4; made * 2"), "8");
  assert.equal(await ask("({ a: 1 })"), "{ a: 1 }");
  assert.match(await client.refused("evaluate", { expression: "throw new Error('no')" }), /Error: no/);
  const code = "var touched = 0;\nconst touch = () => (touched += 1);\ntouched;";
  await client.breakAt(code, 3);
  const running = show(client.kernel, code);
  await client.next("stopped");
  const frameId = (await client.stack())[0]?.["id"];
  await client.refused("evaluate", { expression: "touch()", frameId, context: "hover" });
  assert.equal(
    (await client.ask("evaluate", { expression: "touched", frameId, context: "hover" }))["result"],
    "0",
  );
  assert.equal(await client.evaluate("touch()"), "1");
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "1");
});

test("a listing without references shows the same and keeps no value alive", async (t) => {
  const client = await DapClient.start(t);
  await value(client.kernel, DATA);
  const answer = (await client.ask("inspectVariables", { references: false })) as { variables: JsonObject[] };
  const outline = new Map(answer.variables.map((one) => [one["name"] as string, one]));
  assert.deepEqual(texts(outline), texts(await inspect(client)));
  assert.ok(answer.variables.every((one) => one["variablesReference"] === 0));
});

test("a listing of variables keeps what the one before it gave, and lets go of older ones", async (t) => {
  const client = await DapClient.start(t);
  await value(
    client.kernel,
    'let big: object | undefined = { big: true }; const seen = new WeakRef(big); require("node:v8").setFlagsFromString("--expose-gc"); const collect = require("node:vm").runInNewContext("gc") as () => void;',
  );
  const reference = (await inspect(client)).get("big")?.["variablesReference"];
  await value(client.kernel, "big = undefined;");
  const freed =
    "await new Promise((resolve) => setTimeout(resolve, 50)); collect(); seen.deref() === undefined";
  await inspect(client);
  const { variables } = (await client.ask("variables", { variablesReference: reference })) as {
    variables: JsonObject[];
  };
  assert.equal(variables.find(({ name }) => name === "big")?.["value"], "true");
  assert.equal((await show(client.kernel, freed)).result, "false");
  await inspect(client);
  assert.equal((await show(client.kernel, freed)).result, "true");
  assert.notEqual(await client.refused("variables", { variablesReference: reference }), "");
});

test("values that were listed without references, or viewed, can be collected", async (t) => {
  const client = await DapClient.start(t);
  await value(
    client.kernel,
    'let big: object | undefined = { big: true }; const seen = new WeakRef(big); require("node:v8").setFlagsFromString("--expose-gc"); const collect = require("node:vm").runInNewContext("gc") as () => void;',
  );
  await client.ask("inspectVariables", { references: false });
  await client.ask("richInspectVariables", { variableName: "big" });
  await value(
    client.kernel,
    "big = undefined; await new Promise((resolve) => setTimeout(resolve, 50)); collect(); 0",
  );
  assert.equal(await value(client.kernel, "seen.deref() === undefined"), "true");
});
