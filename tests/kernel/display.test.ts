import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { kernelFor, show, value } from "./kernel-fixture.js";

const data = (output: { content: Record<string, unknown> } | undefined): Record<string, unknown> =>
  (output?.content["data"] ?? {}) as Record<string, unknown>;

test("objects show themselves by gradlab's and by Jupyter's symbol, asynchronously too", async (t) => {
  const kernel = await kernelFor(t);
  for (const symbol of ["gradlab.display", "Jupyter.display"]) {
    const { outputs } = await show(
      kernel,
      `({ async [Symbol.for("${symbol}")]() { return { "text/html": "<b>1</b>", "image/png": new Uint8Array([1, 2]) } } })`,
    );
    const result = outputs.find((output) => output.type === "execute_result");
    assert.deepEqual(data(result), { "text/html": "<b>1</b>", "image/png": "AQI=" });
  }
});

test("a library shows, updates and clears through the global hook", async (t) => {
  const kernel = await kernelFor(t);
  const { outputs } = await show(
    kernel,
    `const hook = (globalThis as any)[Symbol.for("gradlab.display")];
     hook.display({ "text/plain": "a" }, { displayId: "p" });
     console.log("between");
     hook.display({ "text/plain": "b" }, { displayId: "p", update: true });
     hook.clearOutput({ wait: true });`,
  );
  const seen = outputs.filter((output) => output.type !== "execute_input");
  assert.deepEqual(
    seen.map((output) => output.type),
    ["display_data", "stream", "update_display_data", "clear_output"],
  );
  assert.deepEqual(seen[0]?.content["transient"], { display_id: "p" });
  assert.deepEqual(data(seen[2]), { "text/plain": "b" });
  assert.equal(seen[3]?.content["wait"], true);
});

test("records become a table, long values are folded, no escape codes", async (t) => {
  const kernel = await kernelFor(t);
  const { outputs } = await show(kernel, "[{ a: 1, b: '<i>' }, { a: 2, c: true }]");
  const html = String(data(outputs.at(-1))["text/html"]);
  assert.match(html, /<th>a<\/th><th>b<\/th><th>c<\/th>/);
  assert.match(html, /&lt;i&gt;/);
  const long = await value(kernel, "Array.from({ length: 10_000 }, (_, i) => i)");
  assert.match(long, /9900 more items/);
  assert.ok(!long.includes("\u001b"));
});

test("10 000 lines arrive exactly, in order and before idle", async (t) => {
  const kernel = await kernelFor(t);
  const { stdout, outputs } = await show(kernel, "for (let i = 0; i < 10_000; i++) console.log('line', i)");
  const expected = Array.from({ length: 10_000 }, (_, i) => `line ${i}\n`).join("");
  assert.equal(stdout, expected);
  assert.ok(outputs.length < 100, `coalesced, not ${outputs.length} messages`);
  const late: string[] = [];
  kernel.onIopub = (message) => late.push(message.header.msg_type);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual(late, []);
});

test("10 displays of 10 MB arrive exactly", async (t) => {
  const kernel = await kernelFor(t);
  const { outputs } = await show(
    kernel,
    "for (let i = 0; i < 10; i++) Jupyter.displayBundle({ 'text/plain': String(i).repeat(10 * 1024 * 1024) })",
  );
  const shown = outputs.filter((output) => output.type === "display_data");
  assert.equal(shown.length, 10);
  shown.forEach((output, i) => {
    const digest = createHash("sha256")
      .update(String(data(output)["text/plain"]))
      .digest("hex");
    assert.equal(
      digest,
      createHash("sha256")
        .update(String(i).repeat(10 * 1024 * 1024))
        .digest("hex"),
    );
  });
});

test("stdout, stderr, displays and prints of programs keep their order", async (t) => {
  const kernel = await kernelFor(t);
  for (let round = 0; round < 5; round += 1) {
    const { outputs } = await show(
      kernel,
      `import { execSync } from "node:child_process"; import { writeSync } from "node:fs";
       console.log("1"); console.error("2"); Jupyter.displayBundle({ "text/plain": "3" });
       execSync("echo 4; sleep 0.01; echo 5 >&2", { stdio: "inherit" }); console.log("6");
       execSync("echo 7", { stdio: "inherit" });`,
    );
    const order = outputs.flatMap(({ type, content }) => {
      if (type === "stream") return (content["text"] as string).trim().split("\n");
      return type === "display_data"
        ? [String((content["data"] as Record<string, unknown>)["text/plain"])]
        : [];
    });
    assert.deepEqual(order, ["1", "2", "3", "4", "5", "6", "7"]);
  }
});

test("characters split between writes are put together", async (t) => {
  const kernel = await kernelFor(t);
  const { stdout } = await show(
    kernel,
    "const bytes = Buffer.from('naïve 🙂'); for (const b of bytes) process.stdout.write(Buffer.from([b]));",
  );
  assert.equal(stdout, "naïve 🙂");
});
