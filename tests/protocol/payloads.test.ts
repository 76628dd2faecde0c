import assert from "node:assert/strict";
import { test } from "node:test";
import { type Json, published, RawClient, replyOf } from "./raw-client.js";

const payloads = async (client: RawClient, code: string, more: Json = {}): Promise<Json[]> =>
  replyOf(await client.execute(code, more))["payload"] as Json[];

test("page, setNextInput and exit are payloads of the reply", async (t) => {
  const client = await RawClient.start(t);
  assert.deepEqual(await payloads(client, "Jupyter.page('long text')"), [
    { source: "page", data: { "text/plain": "long text" }, start: 0 },
  ]);
  assert.deepEqual(await payloads(client, "await Jupyter.page({ a: 1 })"), [
    { source: "page", data: { "text/plain": "{ a: 1 }" }, start: 0 },
  ]);
  assert.deepEqual(
    await payloads(client, "Jupyter.setNextInput('1'); Jupyter.setNextInput('2', { replace: true })"),
    [{ source: "set_next_input", text: "2", replace: true }],
  );
  assert.deepEqual(await payloads(client, "Jupyter.exit()"), [{ source: "ask_exit", keepkernel: false }]);
  assert.deepEqual(await payloads(client, "Jupyter.page('a'); throw new Error('x')"), [
    { source: "page", data: { "text/plain": "a" }, start: 0 },
  ]);
  assert.deepEqual(await payloads(client, "1"), []);
});

test("name? pages what a name is, name?? its source as well", async (t) => {
  const client = await RawClient.start(t);
  await client.execute("/** Adds one. */\nfunction inc(x: number): number {\n  return x + 1;\n}");
  const text = async (code: string): Promise<string> => {
    const [page] = await payloads(client, code);
    assert.equal(page?.["source"], "page", code);
    const data = page["data"] as Record<string, string>;
    assert.ok(data["text/markdown"]);
    return data["text/plain"];
  };
  assert.match(await text("inc?"), /inc\(x: number\): number/);
  assert.match(await text("?inc"), /Adds one/);
  assert.doesNotMatch(await text("inc?"), /return x \+ 1/);
  assert.match(await text("inc??"), /return x \+ 1/);
  assert.match(await text("??inc"), /\/\*\* Adds one\. \*\/\nfunction inc/);
  assert.match(await text("Math.max?"), /max\(/);
  // the cell before the question runs first
  assert.match(await text("const half = (x: number) => x / 2;\nhalf??"), /x \/ 2/);
});

test("a question about nothing says so; a failed cell is not asked about", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute("nowhere?");
  assert.deepEqual(replyOf(messages)["payload"], []);
  assert.deepEqual(published(messages), ["busy", "execute_input", "stream", "idle"]);
  assert.deepEqual(await payloads(client, "throw new Error('x')\nMath?"), []);
  assert.deepEqual(await payloads(client, "Math?", { silent: true }), []);
});

test("inspect with detail_level 1 has the source, is_complete knows the question", async (t) => {
  const client = await RawClient.start(t);
  await client.execute("const twice = (x: number) => 2 * x;");
  const inspect = async (detail_level: number): Promise<string> => {
    const content = { code: "twice(3)", cursor_pos: 2, detail_level };
    const { data } = replyOf(await client.request("inspect_request", content));
    return (data as Record<string, string>)["text/plain"];
  };
  assert.doesNotMatch(await inspect(0), /2 \* x/);
  assert.match(await inspect(1), /const twice = \(x: number\) => 2 \* x;/);
  for (const [code, status] of [
    ["Math?", "complete"],
    ["const a = 1\na??", "complete"],
    ["function f() {\nf?", "incomplete"],
    ["a ? b", "incomplete"],
  ])
    assert.equal(replyOf(await client.request("is_complete_request", { code }))["status"], status, code);
});
