import assert from "node:assert/strict";
import { test } from "node:test";
import { EXECUTE, type Json, RawClient, replyOf } from "./raw-client.js";

/** Ways to hold the main thread of the cell process. */
const SPINS: Readonly<Record<string, string>> = {
  "a loop": "for (;;) {}",
  "a WebAssembly loop":
    "(new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 115, 112, 105, 110, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11))).exports.spin as () => void)()",
  "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
  "a program that is waited for": "require('node:child_process').execSync('sleep 1000')",
};

const QUESTIONS: Readonly<Record<string, Json>> = {
  kernel_info_request: {},
  complete_request: { code: "Math.ma", cursor_pos: 7 },
  inspect_request: { code: "Math", cursor_pos: 2, detail_level: 0 },
  is_complete_request: { code: "1" },
  history_request: { hist_access_type: "tail", n: 1, output: false, raw: true },
  comm_info_request: {},
};

for (const [name, code] of Object.entries(SPINS)) {
  test(`heartbeat, control, questions and the interrupt are answered during ${name}`, async (t) => {
    const client = await RawClient.start(t, { transport: "ipc" });
    await client.execute("let kept = 1");
    const id = await client.send("shell", "execute_request", {
      ...EXECUTE,
      code: `console.log("on"); ${code}`,
    });
    await client.until(() => client.of(id).some((message) => message.header["msg_type"] === "stream"));
    for (let i = 0; i < 3; i += 1) await client.beat();
    for (const [type, content] of Object.entries(QUESTIONS)) {
      const status = replyOf(await client.request(type, content))["status"];
      assert.ok(status === "ok" || status === "complete", type);
    }
    for (const type of ["kernel_info_request", "list_subshell_request"]) {
      const reply = replyOf(await client.request(type, {}, "control"));
      assert.ok(Object.keys(reply).length > 0, type);
    }
    assert.equal(replyOf(client.of(id))["status"], undefined, "the cell still runs");
    await client.request("interrupt_request", {}, "control");
    assert.equal(replyOf(await client.finished(id))["status"], "error");
    assert.equal(replyOf(await client.execute("if (kept !== 1) throw kept"))["status"], "ok");
  });
}
