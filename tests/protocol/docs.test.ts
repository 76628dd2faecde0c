import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../source-files.js";
import { EXECUTE, type Json, published, RawClient } from "./raw-client.js";
import { SCHEMA } from "./schema/index.js";

const page = readFileSync(join(ROOT, "docs", "kernel-protocol.md"), "utf8");
/** Rows that begin with a type, as [type, second cell]. */
const rows = [...page.matchAll(/^\| `(\w+)` *\| ([^|]*)\|/gm)].map(
  ([, type, cell]) => [type, cell.trim()] as const,
);
const asked = rows.filter(([type, cell]) => type.endsWith("_request") && cell.startsWith("`"));

test("docs/kernel-protocol.md names every message that the kernel takes or sends", () => {
  const named = new Set(
    rows.flatMap(([type, cell]) => [type, ...(/^`(\w+_reply)`$/.exec(cell)?.slice(1) ?? [])]),
  );
  const sent = Object.keys(SCHEMA);
  const source = readFileSync(join(ROOT, "kernel", "src", "messages", "kernel.ts"), "utf8");
  const taken = [...source.matchAll(/^ {2}(\w+_request|comm_\w+): /gm)].map(([, type]) => type);
  assert.ok(taken.length >= 17);
  const expected = new Set([...sent, ...taken, "execute_request", "input_reply"]);
  assert.deepEqual([...named].sort(), [...expected].sort());
});

/** The least that each request needs to be meant. */
const CONTENT: Readonly<Record<string, Json>> = {
  execute_request: { ...EXECUTE, code: "1" },
  debug_request: { type: "request", seq: 1, command: "debugInfo", arguments: {} },
  history_request: { hist_access_type: "tail", n: 1 },
};

test("every request of the table is answered as the table says", async (t) => {
  const client = await RawClient.start(t);
  assert.ok(asked.length >= 15);
  const last = "shutdown_request";
  const types = [...asked].sort(([a], [b]) => Number(a === last) - Number(b === last));
  for (const [type, cell] of types) {
    const messages = await client.request(type, CONTENT[type] ?? { code: "Math", cursor_pos: 2 }, "control");
    const reply = messages.find(({ channel }) => channel === "control");
    assert.equal(`\`${String(reply?.header["msg_type"])}\``, cell);
    assert.equal(published(messages).at(-1), "idle");
  }
});
