import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../source-files.js";
import { kernelFor, show } from "./kernel-fixture.js";

test("the code of docs/kernel-values.md runs as it stands, with right types", async (t) => {
  const page = readFileSync(join(ROOT, "docs", "kernel-values.md"), "utf8");
  const cells = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  assert.ok(cells.length >= 6);
  const kernel = await kernelFor(t, { typeCheck: "block" });
  await kernel.request("complete_request", { code: "Arra", cursor_pos: 4 });
  for (const cell of cells) {
    const { reply, outputs, stderr } = await show(kernel, cell);
    assert.equal(reply.status, "ok", `${cell}\n${reply.traceback?.join("\n")}`);
    assert.equal(stderr, "", cell);
    assert.ok(outputs.length > 1, `shows or sends something:\n${cell}`);
  }
});
