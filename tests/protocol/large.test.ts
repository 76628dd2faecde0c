import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type Json, RawClient, type RawMessage, replyOf } from "./raw-client.js";

const sha = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");

const displays = (messages: readonly RawMessage[]): Json[] =>
  messages
    .filter(({ header }) => header["msg_type"] === "display_data")
    .map(({ content }) => content["data"] as Json);

for (const transport of ["tcp", "ipc"] as const) {
  test(`ten displays of 10 MB are exact and none comes after idle (${transport})`, async (t) => {
    const client = await RawClient.start(t, { transport });
    const messages = await client.execute(
      "for (let i = 0; i < 10; i++) Jupyter.displayBundle({ 'text/plain': String(i).repeat(10_000_000), 'text/html': `<p>${i}` })",
    );
    assert.equal(replyOf(messages)["status"], "ok");
    const expected = Array.from({ length: 10 }, (_, i) => [sha(String(i).repeat(10_000_000)), `<p>${i}`]);
    const found = displays(messages).map((data) => [sha(String(data["text/plain"])), data["text/html"]]);
    assert.deepEqual(found, expected);
  });
}

test("large displays are what JSON makes of them: characters, metadata, other entries, updates", async (t) => {
  const client = await RawClient.start(t);
  const text = 'a"\\\n\u0000é😀\ud800';
  const data = {
    "text/html": "x".repeat(65_535) + text.repeat(90_000),
    "text/plain": text,
    "application/json": { list: [1, null, "😀"], long: text.repeat(30_000) },
  };
  const written = JSON.stringify(text);
  const bundle = `{ "text/html": "x".repeat(65_535) + ${written}.repeat(90_000), "text/plain": ${written}, "application/json": { list: [1, null, "😀"], long: ${written}.repeat(30_000) } }`;
  const messages = await client.execute(
    `Jupyter.displayBundle(${bundle}, { metadata: { a: { b: 1 } }, displayId: "d" }); Jupyter.displayBundle(${bundle}, { displayId: "d", update: true })`,
  );
  const shown = messages.filter(({ header }) => String(header["msg_type"]).endsWith("display_data"));
  assert.deepEqual(
    shown.map(({ header }) => header["msg_type"]),
    ["display_data", "update_display_data"],
  );
  const transient = { display_id: "d" };
  assert.deepEqual(shown[0]?.content, { data, metadata: { a: { b: 1 } }, transient });
  assert.deepEqual(shown[1]?.content, { data, metadata: {}, transient });
});

test("a message of 100 MB arrives whole, and so does one of the client", async (t) => {
  const client = await RawClient.start(t, { transport: "ipc" });
  const shown = displays(await client.execute("Jupyter.displayBundle({ 'text/plain': 'x'.repeat(1e8) })"));
  assert.equal(sha(String(shown[0]?.["text/plain"])), sha("x".repeat(1e8)));
  const code = `// ${"y".repeat(1e8)}\n6 * 7`;
  const reply = replyOf(await client.request("is_complete_request", { code }));
  assert.equal(reply["status"], "complete");
  const { id, frames } = client.frames("comm_info_request", {});
  await client.sendFrames("shell", [...frames, Buffer.alloc(1e8, 1)]);
  assert.equal(replyOf(await client.finished(id))["status"], "ok");
});

test("large prints and small ones keep their order", async (t) => {
  const client = await RawClient.start(t);
  const messages = await client.execute(
    "for (let i = 0; i < 20; i++) { process.stdout.write('a'.repeat(1_000_000)); process.stdout.write('|') }",
  );
  const text = messages
    .filter(({ header }) => header["msg_type"] === "stream")
    .map(({ content }) => String(content["text"]))
    .join("");
  assert.equal(sha(text), sha(`${"a".repeat(1_000_000)}|`.repeat(20)));
});
