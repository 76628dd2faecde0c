import assert from "node:assert/strict";
import { test } from "node:test";
import { createMessage, createSigner, decodeMessage, encodeMessage } from "gradlab-kernel";
import { EXECUTE, RawClient, replyOf } from "./raw-client.js";

const RUN = { ...EXECUTE, code: "(globalThis as any).count = ((globalThis as any).count ?? 0) + 1" };

async function count(client: RawClient): Promise<unknown> {
  const messages = await client.execute("(globalThis as any).count ?? 0");
  return messages.find((message) => message.header["msg_type"] === "execute_result")?.content["data"];
}

test("a wrong signature is dropped and the kernel lives on", async (t) => {
  const client = await RawClient.start(t);
  await client.sendFrames("shell", client.frames("execute_request", RUN, { key: "wrong key" }).frames);
  const unsigned = client.frames("execute_request", RUN).frames;
  await client.sendFrames("shell", [...unsigned.slice(0, 1), Buffer.alloc(0), ...unsigned.slice(2)]);
  const changed = client.frames("execute_request", RUN).frames;
  await client.sendFrames("shell", [
    ...changed.slice(0, 5),
    Buffer.from(JSON.stringify({ ...RUN, code: "0" })),
  ]);
  assert.deepEqual(await count(client), { "text/plain": "0" });
});

test("a replayed message runs once", async (t) => {
  const client = await RawClient.start(t);
  const { id, frames } = client.frames("execute_request", RUN);
  await client.sendFrames("shell", frames);
  await client.sendFrames("shell", frames);
  await client.finished(id);
  assert.deepEqual(await count(client), { "text/plain": "1" });
});

test("malformed frames are dropped", async (t) => {
  const client = await RawClient.start(t);
  const signed = (parts: Buffer[]): Buffer[] => [
    Buffer.from("<IDS|MSG>"),
    Buffer.from(client.sign(parts)),
    ...parts,
  ];
  const part = (value: string): Buffer => Buffer.from(value);
  await client.sendFrames("shell", [part("")]);
  await client.sendFrames("shell", [part("<IDS|MSG>")]);
  await client.sendFrames("shell", signed([part("{"), part("{}"), part("{}"), part("{}")]));
  await client.sendFrames("shell", signed([part("[]"), part("{}"), part("{}"), part("{}")]));
  await client.sendFrames("shell", signed([part("{}"), part("{}"), part("{}"), part("null")]));
  await client.sendFrames(
    "shell",
    signed([part('{"msg_id":"1","msg_type":"toString"}'), part("{}"), part("{}"), part("{}")]),
  );
  await client.sendFrames(
    "control",
    Array.from({ length: 100 }, () => part("x")),
  );
  await client.send("shell", "execute_request", { code: 5, user_expressions: null });
  await client.send("shell", "unknown_request", {});
  assert.equal(replyOf(await client.execute("1"))["status"], "ok");
});

test("an empty key switches signatures off", async (t) => {
  const client = await RawClient.start(t, { key: "" });
  assert.equal(replyOf(await client.execute("1"))["status"], "ok");
  assert.deepEqual(client.broken, []);
});

test("frames and message are each other's inverse", () => {
  const signer = createSigner("hmac-sha256", "key");
  const message = createMessage(
    "s",
    "t",
    { text: "naïve 🙂", list: [1] },
    { identities: [Buffer.from([0, 255])], buffers: [Buffer.from([1, 2, 3])] },
  );
  assert.deepEqual(
    decodeMessage(encodeMessage(message, signer), createSigner("hmac-sha256", "key")),
    message,
  );
  assert.equal(
    decodeMessage(encodeMessage(message, signer), createSigner("hmac-sha256", "other")),
    undefined,
  );
});
