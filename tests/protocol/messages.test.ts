import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTE, type Json, published, RawClient, replyOf } from "./raw-client.js";

for (const transport of ["tcp", "ipc"] as const) {
  test(`every message keeps to the protocol (${transport})`, async (t) => {
    const client = await RawClient.start(t, { transport });
    await client.request("kernel_info_request", {});
    await client.request("kernel_info_request", {}, "control");
    await client.execute("console.log('out'); console.error('err'); [{ a: 1 }]");
    await client.execute(
      "Jupyter.displayBundle({ 'text/plain': 'a' }, { displayId: 'd' }); Jupyter.displayBundle({ 'text/plain': 'b' }, { displayId: 'd', update: true }); Jupyter.clearOutput()",
    );
    await client.execute("throw new Error('x')");
    await client.execute("const = 1");
    await client.execute("const c = Jupyter.comms.open('t', { a: 1 }); c.send({ b: 2 }); c.close()");
    await client.request("is_complete_request", { code: "function f() {" });
    await client.request("complete_request", { code: "Math.ma", cursor_pos: 7 });
    await client.request("inspect_request", { code: "Math", cursor_pos: 2, detail_level: 0 });
    await client.request("history_request", { hist_access_type: "tail", n: 3, output: false, raw: true });
    await client.request("comm_info_request", {});
    await client.request("connect_request", {});
    for (let i = 0; i < 2; i += 1) await client.request("usage_request", {}, "control");
    const [subshell] = await client.request("create_subshell_request", {}, "control");
    assert.ok(subshell);
    await client.request("list_subshell_request", {}, "control");
    await client.request("delete_subshell_request", { subshell_id: "unknown" }, "control");
    const initialize = { type: "request", seq: 1, command: "initialize", arguments: {} };
    await client.request("debug_request", initialize, "control");
    await client.request("debug_request", { ...initialize, seq: 2, command: "debugInfo" }, "control");
    for (const type of ["comm_open", "comm_msg", "comm_close"]) {
      const id = await client.send("shell", type, { comm_id: "c", target_name: "nobody", data: {} });
      await client.until(() => published(client.of(id)).includes("idle"));
    }
    await client.request("interrupt_request", {}, "control");
    await client.request("shutdown_request", { restart: false }, "control");
    const types = new Set(client.received.map((message) => message.header["msg_type"]));
    assert.ok(types.size >= 20, [...types].join());
  });
}

test("a cell: busy, input, outputs, result, idle; the reply carries the count", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute("console.log('a'); 1 + 1");
  assert.deepEqual(published(messages), ["busy", "execute_input", "stream", "execute_result", "idle"]);
  assert.equal(replyOf(messages)["execution_count"], 1);
  assert.equal(replyOf(await client.execute("2"))["execution_count"], 2);
});

test("silent runs without a trace; store_history false does not count", async (t) => {
  const client = await RawClient.start(t);
  const silent = await client.execute("globalThis.seen = 1; 5", { silent: true });
  assert.deepEqual(published(silent), ["busy", "idle"]);
  assert.equal(replyOf(silent)["execution_count"], 0);
  const unstored = await client.execute("seen", { store_history: false });
  assert.deepEqual(published(unstored), ["busy", "execute_input", "execute_result", "idle"]);
  assert.equal(replyOf(unstored)["execution_count"], 0);
  assert.equal(replyOf(await client.execute("1"))["execution_count"], 1);
});

test("user_expressions are evaluated after the cell, each on its own", async (t) => {
  const client = await RawClient.start(t);
  const reply = replyOf(
    await client.execute("const a = 20", { user_expressions: { good: "a + 1", bad: "nope", wrong: "1 +" } }),
  );
  const { good, bad, wrong } = reply["user_expressions"] as Record<string, Json>;
  assert.deepEqual(good, { status: "ok", data: { "text/plain": "21" }, metadata: {} });
  assert.equal(bad?.["ename"], "ReferenceError");
  assert.equal(wrong?.["ename"], "SyntaxError");
});

test("an error aborts the cells sent before its reply, unless stop_on_error is false", async (t) => {
  const client = await RawClient.start(t);
  const send = (code: string, stop: boolean): Promise<string> =>
    client.send("shell", "execute_request", { ...EXECUTE, code, stop_on_error: stop });
  const status = async (id: string): Promise<unknown> => replyOf(await client.finished(id))["status"];
  const stopped = [await send("throw new Error('x')", true), await send("1", true), await send("2", true)];
  assert.deepEqual(await Promise.all(stopped.map(status)), ["error", "aborted", "aborted"]);
  const continued = [await send("throw new Error('x')", false), await send("1", true)];
  assert.deepEqual(await Promise.all(continued.map(status)), ["error", "ok"]);
  const aborted = await client.finished(stopped[1] ?? "");
  assert.deepEqual(published(aborted), ["busy", "idle"]);
});

test("100 pipelined cells are all answered in order", async (t) => {
  const client = await RawClient.start(t);
  const ids: string[] = [];
  for (let i = 0; i < 100; i += 1)
    ids.push(await client.send("shell", "execute_request", { ...EXECUTE, code: `${i} + 1` }));
  for (const [i, id] of ids.entries()) {
    const messages = await client.finished(id);
    const result = messages.find((message) => message.header["msg_type"] === "execute_result");
    assert.deepEqual(result?.content["data"], { "text/plain": String(i + 1) });
    assert.equal(replyOf(messages)["execution_count"], i + 1);
  }
});

test("is_complete: complete, incomplete, invalid", async (t) => {
  const client = await RawClient.start(t);
  const cases: Record<string, string[]> = {
    complete: [
      "1 + 1",
      "const a: number = 1",
      "function f() {\n}",
      "await x",
      "`a\nb`",
      "interface A {}",
      "// only a remark",
      "",
    ],
    incomplete: [
      "function f() {",
      "foo(",
      "`template",
      "/* remark",
      "const x = [1,",
      "if (a) {\n  b",
      "x =",
      "a &&",
      "class A {",
    ],
    invalid: ["const = 1", "1 2", ")", "'text", "foo)(", "let 1x = 2;"],
  };
  for (const [status, codes] of Object.entries(cases)) {
    for (const code of codes) {
      assert.equal(
        replyOf(await client.request("is_complete_request", { code }))["status"],
        status,
        JSON.stringify(code),
      );
    }
  }
  assert.equal(replyOf(await client.request("is_complete_request", { code: "if (a) {" }))["indent"], "  ");
});

test("control, heartbeat and questions are answered while a cell spins", async (t) => {
  const client = await RawClient.start(t);
  const id = await client.send("shell", "execute_request", {
    ...EXECUTE,
    code: "console.log('on'); while (true) {}",
  });
  await client.until(() => client.of(id).some((message) => message.header["msg_type"] === "stream"));
  for (let i = 0; i < 5; i += 1) await client.beat();
  assert.equal(replyOf(await client.request("kernel_info_request", {}, "control"))["status"], "ok");
  const asked = await client.request("is_complete_request", { code: "1" });
  assert.equal(replyOf(asked)["status"], "complete");
  // front ends show the last state they hear of: that must be the running cell's
  await client.until(() => {
    const last = client.received.findLast((message) => message.header["msg_type"] === "status");
    return last?.content["execution_state"] === "busy" && last.parent["msg_id"] === id;
  });
  await client.request("interrupt_request", {}, "control");
  assert.equal(replyOf(await client.finished(id))["ename"], "Interrupted");
});

test("shutdown ends the process with code 0", async (t) => {
  const client = await RawClient.start(t);
  const exited = new Promise<number | null>((resolve) => client.child.once("exit", resolve));
  await client.request("shutdown_request", { restart: false }, "control");
  assert.equal(await exited, 0);
});

test("SIGTERM ends the kernel", async (t) => {
  const client = await RawClient.start(t);
  const exited = new Promise<number | null>((resolve) => client.child.once("exit", resolve));
  client.child.kill("SIGTERM");
  assert.equal(await exited, 0);
});
