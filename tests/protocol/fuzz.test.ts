import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../source-files.js";
import { RawClient, replyOf } from "./raw-client.js";

test("5,000 seeded cases of broken frames, signatures, JSON and ZMTP leave the kernel as it was", async (t) => {
  const script = join(ROOT, "scripts", "dist", "kernel", "fuzz.js");
  const { stdout } = await promisify(execFile)(process.execPath, [script, "--cases", "5000", "--seed", "42"]);
  t.diagnostic(stdout.trim());
  assert.match(stdout, /^5000 cases, seed 42/);
});

test("a header or a content nested beyond all measure is dropped or answered", async (t) => {
  const client = await RawClient.start(t);
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const send = async (header: string, content: string): Promise<void> => {
    const parts = [header, "{}", "{}", content].map((part) => Buffer.from(part));
    await client.sendFrames("shell", [Buffer.from("<IDS|MSG>"), Buffer.from(client.sign(parts)), ...parts]);
  };
  await send(`{"msg_id":"1","msg_type":"comm_info_request","session":${deep}}`, "{}");
  for (const type of ["comm_msg", "comm_open", "execute_request", "complete_request"])
    await send(
      `{"msg_id":"${type}","msg_type":"${type}"}`,
      `{"code":"1","data":${deep},"user_expressions":${deep}}`,
    );
  assert.equal(replyOf(await client.execute("1"))["status"], "ok");
});
