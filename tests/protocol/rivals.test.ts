import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTE, type Json, published, RawClient, type RawMessage, replyOf } from "./raw-client.js";

/** What tslab 1.0.22 and Deno 2.9.6 were measured to get wrong, one test each. */

function streamed(messages: readonly RawMessage[], name: string): string {
  return messages
    .filter(({ header, content }) => header["msg_type"] === "stream" && content["name"] === name)
    .map(({ content }) => String(content["text"]))
    .join("");
}

const ofType = (messages: readonly RawMessage[], type: string): RawMessage[] =>
  messages.filter(({ header }) => header["msg_type"] === type);

const plain = (message: RawMessage | undefined): unknown =>
  (message?.content["data"] as Json | undefined)?.["text/plain"];

test("tslab loses messages that are sent while another is pending: a thousand displays all arrive, in order", async (t) => {
  const client = await RawClient.start(t);
  const code = "for (let i = 0; i < 1000; i++) Jupyter.displayBundle({ 'text/plain': String(i) })";
  const shown = ofType(await client.execute(code), "display_data").map(plain);
  assert.deepEqual(
    shown,
    Array.from({ length: 1000 }, (_, i) => String(i)),
  );
});

test("tslab loses lines, Deno sends one message a line: 10,000 lines are exact and few messages", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute("for (let i = 0; i < 10_000; i++) console.log(`line ${i}`)");
  assert.equal(
    streamed(messages, "stdout"),
    Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join(""),
  );
  assert.ok(ofType(messages, "stream").length < 50, String(ofType(messages, "stream").length));
  assert.equal(published(messages).at(-1), "idle");
});

test("tslab's errors have no fields and no message: both have ename, evalue, traceback", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute("throw new RangeError('too far')");
  const { ename, evalue, traceback } = replyOf(messages);
  assert.deepEqual([ename, evalue], ["RangeError", "too far"]);
  assert.deepEqual(
    ofType(messages, "error").map(({ content }) => content),
    [{ ename, evalue, traceback }],
  );
});

test("tslab prints results: they are execute_result with the count", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute("'text'");
  assert.deepEqual(published(messages), ["busy", "execute_input", "execute_result", "idle"]);
  assert.equal(ofType(messages, "execute_result")[0]?.content["execution_count"], 1);
});

test("Deno colours every result: text/plain has no escape codes", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute(
    "console.log({ a: 'b' }, 5); ({ a: 'b', c: [1, null, true, () => 1] })",
  );
  assert.ok(!JSON.stringify(messages).includes("\\u001b"));
});

test("tslab aborts by time: a cell sent after the reply of a failed one runs", async (t) => {
  const client = await RawClient.start(t);
  for (let i = 0; i < 5; i += 1) {
    const id = await client.send("shell", "execute_request", { ...EXECUTE, code: "throw 1" });
    await client.until(() => client.of(id).some(({ channel }) => channel === "shell"));
    assert.equal(replyOf(await client.execute("1"))["status"], "ok");
  }
});

test("ipykernel merges each stream: stdout and stderr keep their order", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute(
    "for (let i = 0; i < 50; i++) i % 2 ? console.error(i) : process.stdout.write(i + '\\n')",
  );
  const text = ofType(messages, "stream").map(({ content }) => String(content["text"]));
  assert.equal(text.join(""), Array.from({ length: 50 }, (_, i) => `${i}\n`).join(""));
});

test("tslab and Deno lose what child processes print: it is there, before idle", async (t) => {
  const client = await RawClient.start(t);
  const code =
    "import { execSync } from 'node:child_process'; execSync('echo out; echo err >&2', { stdio: 'inherit' }); 1";
  const messages = await client.execute(code);
  assert.equal(streamed(messages, "stdout"), "out\n");
  assert.equal(streamed(messages, "stderr"), "err\n");
});

test("Deno's clear_output comes after idle: it comes in its place", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute(
    "console.log('a'); Jupyter.clearOutput({ wait: true }); console.log('b'); Jupyter.clearOutput()",
  );
  const expected = ["busy", "execute_input", "stream", "clear_output", "stream", "clear_output", "idle"];
  assert.deepEqual(published(messages), expected);
  assert.deepEqual(
    ofType(messages, "clear_output").map(({ content }) => content["wait"]),
    [true, false],
  );
});

test("Deno cannot stop an await, tslab not by message: an interrupt does, and SIGINT does no more", async (t) => {
  const client = await RawClient.start(t);
  await client.execute("const kept = 42");
  for (const stop of [
    () => client.request("interrupt_request", {}, "control"),
    async () => client.child.kill("SIGINT"),
  ]) {
    const id = await client.send("shell", "execute_request", {
      ...EXECUTE,
      code: "console.log('on'); await new Promise(() => {})",
    });
    await client.until(() => ofType(client.of(id), "stream").length > 0);
    await stop();
    assert.equal(replyOf(await client.finished(id))["ename"], "Interrupted");
  }
  assert.equal(plain(ofType(await client.execute("kept"), "execute_result")[0]), "42");
});

test("Deno leaves completion waiting for a cell that awaits: it is answered meanwhile", async (t) => {
  const client = await RawClient.start(t);
  const id = await client.send("shell", "execute_request", {
    ...EXECUTE,
    code: "console.log('on'); await new Promise((wake) => (globalThis as any).wake = wake)",
  });
  await client.until(() => ofType(client.of(id), "stream").length > 0);
  const reply = replyOf(await client.request("complete_request", { code: "[1].flatM", cursor_pos: 9 }));
  assert.deepEqual(reply["matches"], ["flatMap"]);
  await client.request("interrupt_request", {}, "control");
  await client.finished(id);
});

test("tslab answers comm_info as complete_reply, Deno finds nothing to inspect", async (t) => {
  const client = await RawClient.start(t);
  const [comm] = (await client.request("comm_info_request", {})).filter(({ channel }) => channel === "shell");
  assert.equal(comm?.header["msg_type"], "comm_info_reply");
  const reply = replyOf(await client.request("inspect_request", { code: "Math.max", cursor_pos: 8 }));
  assert.equal(reply["found"], true);
});

test("tslab answers nothing when its sockets were used before they were bound: ten starts at once are answered", async (t) => {
  const clients = await Promise.all(
    Array.from({ length: 10 }, (_, i) => RawClient.start(t, { transport: i % 2 ? "ipc" : "tcp" })),
  );
  const replies = await Promise.all(clients.map((client) => client.execute("1 + 1")));
  for (const messages of replies) assert.equal(plain(ofType(messages, "execute_result")[0]), "2");
});
