import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Subscriber } from "zeromq";
import { EXECUTE, type Json, published, RawClient, replyOf } from "./raw-client.js";

test("an unknown type is busy and idle without a reply, as in ipykernel", async (t) => {
  const client = await RawClient.start(t);
  for (const channel of ["shell", "control"] as const) {
    for (const type of ["strange_request", "apply_request", "__proto__", "toString", ""]) {
      const id = await client.send(channel, type, {});
      await client.until(() => published(client.of(id)).includes("idle"));
      assert.deepEqual(published(client.of(id)), ["busy", "idle"], type);
    }
  }
  assert.equal(replyOf(await client.execute("1"))["status"], "ok");
  assert.deepEqual(
    client.received.filter((message) => message.channel === "control"),
    [],
  );
});

test("connect_request names the ports of the connection file", async (t) => {
  const client = await RawClient.start(t);
  const { status, ...ports } = replyOf(await client.request("connect_request", {}));
  assert.equal(status, "ok");
  for (const [name, port] of Object.entries(ports)) assert.equal(port, client.connection[name]);
  assert.equal(Object.keys(ports).length, 5);
});

test("a cell may come by control, where its reply goes", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.request("execute_request", { ...EXECUTE, code: "6 * 7" }, "control");
  assert.deepEqual(published(messages), ["busy", "execute_input", "execute_result", "idle"]);
  assert.equal(messages.find((message) => message.channel !== "iopub")?.channel, "control");
});

/** What a subscriber of `topic` hears, as [topic, msg_type]. */
function subscribe(t: TestContext, client: RawClient, topic: string): [string, string][] {
  const socket = new Subscriber({ linger: 0 });
  t.after(() => socket.close());
  const heard: [string, string][] = [];
  socket.connect(`tcp://127.0.0.1:${String(client.connection["iopub_port"])}`);
  socket.subscribe(topic);
  void (async () => {
    for await (const frames of socket) {
      const header = JSON.parse(frames[3].toString()) as Json;
      heard.push([frames[0].toString(), String(header["msg_type"])]);
    }
  })();
  return heard;
}

test("every subscriber is welcomed, under its topic (JEP 65)", async (t) => {
  const client = await RawClient.start(t);
  const all = [subscribe(t, client, ""), subscribe(t, client, "")];
  const streams = subscribe(t, client, "stream");
  for (const heard of [...all, streams])
    while (!heard.some(([, type]) => type === "iopub_welcome"))
      await new Promise((wake) => setTimeout(wake, 5));
  await client.execute("console.log('a'); 1");
  assert.deepEqual(streams, [
    ["stream", "iopub_welcome"],
    ["stream", "stream"],
  ]);
});

test("the restart flag of a shutdown comes back, on iopub as well", async (t) => {
  for (const restart of [true, false]) {
    const client = await RawClient.start(t);
    const messages = await client.request("shutdown_request", { restart }, "control");
    assert.deepEqual(published(messages), ["busy", "shutdown_reply", "idle"]);
    for (const message of messages.filter(({ header }) => header["msg_type"] === "shutdown_reply"))
      assert.deepEqual(message.content, { status: "ok", restart });
  }
});

test("messages of other versions, without optional fields or with more of them are answered", async (t) => {
  const client = await RawClient.start(t);
  const send = async (content: Json, header: Json): Promise<unknown> => {
    const { id, frames } = client.frames("execute_request", content, { header });
    await client.sendFrames("shell", frames);
    return replyOf(await client.finished(id))["status"];
  };
  for (const version of ["4.1", "5.0", "5.99", "6.0", "", 5, null])
    assert.equal(await send({ ...EXECUTE, code: "1" }, { version }), "ok", String(version));
  assert.equal(await send({ code: "1" }, {}), "ok");
  assert.equal(await send({ ...EXECUTE, code: "1", new_field: [1] }, { subshell_hint: "x" }), "ok");
  assert.equal(await send({ code: "1" }, { username: undefined, date: undefined, session: undefined }), "ok");
});

test("requests without their fields, or with wrong ones, are answered", async (t) => {
  const client = await RawClient.start(t);
  const wrong: Json[] = [
    {},
    { code: 5, cursor_pos: "x", hist_access_type: 7, n: "many", pattern: {}, target_name: [] },
    { code: null, cursor_pos: -3, hist_access_type: "tail", n: 1e9, session: 0.5, silent: "yes" },
    { code: "é🙂", cursor_pos: 1e6, hist_access_type: "search", pattern: "[", n: -1, user_expressions: 3 },
    { code: "x", hist_access_type: "range", start: "a", stop: [], user_expressions: { a: 1, b: null } },
  ];
  const types = ["complete", "inspect", "is_complete", "history", "comm_info", "execute", "connect"];
  for (const type of types) {
    for (const content of wrong) {
      const reply = replyOf(await client.request(`${type}_request`, content));
      assert.ok(typeof reply["status"] === "string", `${type} ${JSON.stringify(content)}`);
    }
  }
  for (const type of ["comm_open", "comm_msg", "comm_close"])
    for (const content of wrong) await client.send("shell", type, content);
  for (const content of wrong) await client.send("stdin", "input_reply", content);
  assert.equal(replyOf(await client.execute("1"))["status"], "ok");
});
