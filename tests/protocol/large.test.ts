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
