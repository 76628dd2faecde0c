import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { Conformance } from "./conformance.js";
import { type CheckedMessage, faultOf, type Json } from "./schema/index.js";

/** A check is worth nothing unless it fails on what it forbids. */
function message(type: string, content: Json, more: Partial<CheckedMessage> = {}): CheckedMessage {
  const header = {
    msg_id: randomUUID(),
    session: randomUUID(),
    username: "u",
    date: new Date().toISOString(),
    msg_type: type,
    version: "5.4",
  };
  return { channel: "iopub", topic: type, header, parent: {}, metadata: {}, content, ...more };
}

const stream = { name: "stdout", text: "a" };

test("the schema takes what the protocol allows and refuses the rest", () => {
  assert.equal(faultOf(message("stream", stream)), undefined);
  const refused: [CheckedMessage, RegExp][] = [
    [message("stream", { name: "stdout" }), /content.text is missing/],
    [message("stream", { ...stream, more: 1 }), /content.more is not in the protocol/],
    [message("stream", { ...stream, name: "out" }), /content.name is not one of/],
    [message("stream", stream, { channel: "shell" }), /stream on shell/],
    [message("stream", stream, { topic: "x" }), /under the topic x/],
    [message("stream", stream, { metadata: [] as unknown as Json }), /metadata is not an object/],
    [message("stream", stream, { header: { ...message("stream", {}).header, date: "now" } }), /header.date/],
    [message("strange", {}), /no message type/],
    [message("display_data", { data: { html: "" }, metadata: {}, transient: {} }), /html is not a MIME type/],
    [message("execute_reply", { status: "abort" }, { channel: "shell" }), /content.status is not one of/],
    [
      message("execute_reply", { status: "error" }, { channel: "shell" }),
      /content.ename is missing|is missing/,
    ],
  ];
  for (const [one, fault] of refused) assert.match(faultOf(one) ?? "", fault);
});

test("what comes after idle, before busy or with another parent is noticed", () => {
  const request = message("execute_request", {}).header;
  const status = (state: string): CheckedMessage =>
    message("status", { execution_state: state }, { parent: request });
  const order = (messages: CheckedMessage[], background = false): string => {
    const conformance = new Conformance(background);
    conformance.sent(request);
    for (const one of messages) conformance.received(one);
    return conformance.faults.join();
  };
  const output = message("stream", stream, { parent: request });
  assert.equal(order([status("busy"), output, status("idle")]), "");
  assert.match(order([status("busy"), status("idle"), output]), /stream after the idle/);
  assert.equal(order([status("busy"), status("idle"), output], true), "");
  assert.match(order([output, status("busy")]), /stream before the busy/);
  const changed = message("stream", stream, { parent: { msg_id: request["msg_id"] } });
  assert.match(order([status("busy"), changed]), /parent header was changed/);
  assert.match(order([status("busy"), output, output]), /two messages with the id/);
  const reply = message("complete_reply", { status: "error", ename: "", evalue: "", traceback: [] });
  const wrong = { ...reply, channel: "shell", topic: "", parent: request };
  assert.match(order([wrong]), /execute_request answered by complete_reply/);
});
