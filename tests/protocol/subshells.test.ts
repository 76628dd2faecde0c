import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTE, type Json, published, RawClient, replyOf } from "./raw-client.js";

/** JEP 91 on the wire; where it leaves a choice, what ipykernel 7 does. */

async function create(client: RawClient): Promise<string> {
  const reply = replyOf(await client.request("create_subshell_request", {}, "control"));
  assert.equal(reply["status"], "ok");
  return reply["subshell_id"] as string;
}

async function list(client: RawClient): Promise<unknown> {
  return replyOf(await client.request("list_subshell_request", {}, "control"))["subshell_id"];
}

function start(client: RawClient, code: string, subshell?: string | null, more: Json = {}): Promise<string> {
  const header = subshell === undefined ? {} : { subshell_id: subshell };
  return client.send("shell", "execute_request", { ...EXECUTE, code, ...more }, { header });
}

async function printed(client: RawClient, id: string): Promise<string> {
  const messages = await client.finished(id);
  return messages.map(({ content }) => (content["text"] as string | undefined) ?? "").join("");
}

const status = async (client: RawClient, id: string): Promise<unknown> =>
  replyOf(await client.finished(id))["status"];

test("subshells are announced, made, listed and deleted", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const info = replyOf(await client.request("kernel_info_request", {}));
  assert.ok((info["supported_features"] as string[]).includes("kernel subshells"));
  assert.deepEqual(await list(client), []);
  const [one, two] = [await create(client), await create(client)];
  assert.notEqual(one, two);
  assert.deepEqual(await list(client), [one, two]);
  assert.equal(
    replyOf(await client.request("delete_subshell_request", { subshell_id: one }, "control"))["status"],
    "ok",
  );
  assert.deepEqual(await list(client), [two]);
  for (const id of [one, "nonsense", 7]) {
    const gone = await client.request("delete_subshell_request", { subshell_id: id }, "control");
    assert.equal(replyOf(gone)["status"], "error");
  }
});

test("a subshell's cell runs while the main shell's awaits, in one namespace", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const subshell = await create(client);
  const main = await start(
    client,
    "let free = () => {}; await new Promise<void>((done) => (free = done)); 1",
  );
  await client.until(() => published(client.of(main)).includes("execute_input"));
  const beside = await client.finished(await start(client, "free(); const made = 2; made", subshell));
  assert.deepEqual(published(beside).slice(0, 4), ["busy", "execute_input", "execute_result", "idle"]);
  assert.equal(beside[0]?.parent["subshell_id"], subshell);
  assert.equal(await status(client, main), "ok");
  const after = await client.finished(await start(client, "console.log(made)", null));
  assert.equal(after.find(({ header }) => header["msg_type"] === "stream")?.content["text"], "2\n");
});

test("each output has the request that it belongs to as its parent", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const subshell = await create(client);
  const loop = (name: string): string =>
    `for (let i = 0; i < 20; i++) { console.log("${name}"); await new Promise((r) => setTimeout(r, 2)); }`;
  const ids = [await start(client, loop("main")), await start(client, loop("beside"), subshell)];
  assert.equal(await printed(client, ids[0] ?? ""), "main\n".repeat(20));
  assert.equal(await printed(client, ids[1] ?? ""), "beside\n".repeat(20));
});

test("what a cell left running prints under that cell", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc", background: true });
  const first = await start(
    client,
    "globalThis.go = new EventTarget(); (async () => { await new Promise((r) => setTimeout(r, 30)); console.log('late'); setTimeout(() => { console.log('later'); queueMicrotask(() => { throw new Error('lost') }) }, 5) })(); 0",
  );
  await client.finished(first);
  await client.finished(await start(client, "await new Promise((r) => setTimeout(r, 300))"));
  await client.until(() =>
    client.of(first).some(({ content }) => String(content["text"]).startsWith("Uncaught")),
  );
  assert.match(await printed(client, first), /^late\nlater\nUncaught Error: lost/);
});

test("count, history and stop_on_error are each shell's own", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const subshell = await create(client);
  for (const code of ["1", "2"]) await client.finished(await start(client, code));
  const beside = replyOf(await client.finished(await start(client, "'beside'", subshell)));
  assert.equal(beside["execution_count"], 1);
  const ask = await client.send(
    "shell",
    "history_request",
    { hist_access_type: "tail", n: 9, output: false, raw: true },
    { header: { subshell_id: subshell } },
  );
  const history = replyOf(await client.finished(ask))["history"] as unknown[][];
  assert.deepEqual(
    history.map((entry) => entry[2]),
    ["'beside'"],
  );
  const failing = "await new Promise((r) => setTimeout(r, 100)); throw new Error('x')";
  const main = [await start(client, failing), await start(client, "1"), await start(client, "2")];
  const other = [await start(client, "1", subshell), await start(client, "2", subshell)];
  const states = (ids: string[]): Promise<unknown[]> => Promise.all(ids.map((id) => status(client, id)));
  assert.deepEqual(await states(main), ["error", "aborted", "aborted"]);
  assert.deepEqual(await states(other), ["ok", "ok"]);
  assert.equal(await status(client, await start(client, "3")), "ok");
});

test("an error tells which shell's line failed", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const subshell = await create(client);
  const reply = replyOf(await client.finished(await start(client, "throw new Error('x')", subshell)));
  assert.match((reply["traceback"] as string[]).join("\n"), /subshell 1 cell 1, line 1/);
});

test("questions in a subshell are answered while the main shell spins; its cells wait", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const subshell = await create(client);
  const main = await start(client, "console.log('on'); for (;;) {}");
  await client.until(() => client.of(main).some((message) => message.header["msg_type"] === "stream"));
  const waiting = await start(client, "'beside'", subshell);
  for (const [type, content] of Object.entries<Json>({
    complete_request: { code: "Math.ma", cursor_pos: 7 },
    inspect_request: { code: "Math", cursor_pos: 2, detail_level: 0 },
    is_complete_request: { code: "1" },
    comm_info_request: {},
    kernel_info_request: {},
  })) {
    const id = await client.send("shell", type, content, { header: { subshell_id: subshell } });
    assert.ok(["ok", "complete"].includes((await status(client, id)) as string), type);
  }
  assert.ok(!published(client.of(waiting)).includes("idle"));
  await client.request("interrupt_request", {}, "control");
  // an interrupt is the kernel's, not a shell's: both cells end
  assert.equal(replyOf(await client.finished(main))["ename"], "Interrupted");
  assert.equal(replyOf(await client.finished(waiting))["ename"], "Interrupted");
  assert.equal(await status(client, await start(client, "1", subshell)), "ok");
});

test("an unknown subshell is refused between busy and idle", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const messages = await client.finished(await start(client, "globalThis.ran = true", "nonsense"));
  assert.deepEqual(published(messages), ["busy", "idle"]);
  assert.equal(replyOf(messages)["status"], "error");
  assert.match(replyOf(messages)["evalue"] as string, /nonsense/);
  assert.equal(await printed(client, await start(client, "console.log(globalThis.ran)")), "undefined\n");
});

test("deleting a subshell aborts what waits in it and lets its cell end", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const subshell = await create(client);
  const running = await start(
    client,
    "await new Promise((r) => setTimeout(r, 150)); console.log('end')",
    subshell,
  );
  const waiting = await start(client, "1", subshell);
  // control may overtake shell: an answer on shell shows that both have come
  await client.request("kernel_info_request", {});
  await client.until(() => published(client.of(running)).includes("execute_input"));
  await client.request("delete_subshell_request", { subshell_id: subshell }, "control");
  assert.equal(await status(client, waiting), "aborted");
  assert.equal(await printed(client, running), "end\n");
  assert.equal(await status(client, await start(client, "1", subshell)), "error");
});

test("100 shells at once", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const shells: string[] = [];
  for (let i = 0; i < 100; i += 1) shells.push(await create(client));
  const ids: string[] = [];
  for (const [i, shell] of shells.entries())
    ids.push(await start(client, `await new Promise((r) => setTimeout(r, 20)); ${i}`, shell));
  for (const [i, id] of ids.entries()) {
    const messages = await client.finished(id);
    const result = messages.find((message) => message.header["msg_type"] === "execute_result");
    assert.deepEqual(result?.content["data"], { "text/plain": String(i) });
  }
});
