import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { kernelFor, show } from "./kernel-fixture.js";

const IMPORT =
  'import { execSync, spawn, spawnSync } from "node:child_process"; import { writeSync } from "node:fs";';

test("child processes with inherited streams are shown in their places", async (t) => {
  const kernel = await kernelFor(t);
  const { stdout, stderr } = await show(
    kernel,
    `${IMPORT} console.log("1"); execSync("echo 2; echo e >&2", { stdio: "inherit" }); console.log("3"); spawnSync("echo", ["4"], { stdio: "inherit" }); writeSync(1, "5\\n"); console.log("6");`,
  );
  assert.deepEqual(
    stdout.split("\n").filter((line) => line !== "5"),
    ["1", "2", "3", "4", "6", ""],
  );
  assert.match(stdout, /^5$/m, "native writes are shown, at the latest when the cell ends");
  assert.equal(stderr, "e\n");
});

test("100 000 lines of a child process all arrive, in order, before the cell's end", async (t) => {
  const kernel = await kernelFor(t);
  const { stdout } = await show(kernel, `${IMPORT} execSync("seq 100000", { stdio: "inherit" }); 0`);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 100_000);
  assert.ok(lines.every((line, i) => line === String(i + 1)));
});

test("lines in quick succession keep their order and outlive their process", async (t) => {
  const kernel = await kernelFor(t);
  const count = (n: number): string => Array.from({ length: n }, (_, i) => `${i}\n`).join("");
  const lines = (n: number): string => `for (let i = 0; i < ${n}; i++) console.log(i);`;
  const mixed = await show(
    kernel,
    `${IMPORT} for (let i = 0; i < 3000; i++) { console.log(i); if (i % 1000 === 999) { console.error("e" + i); execSync("echo child", { stdio: "inherit" }); Jupyter.displayBundle({ "text/plain": "shown" }) } } "end"`,
  );
  const texts = mixed.outputs.flatMap(({ type, content }) =>
    type === "stream" ? String(content["text"]).split(/(?<=\n)/) : type === "display_data" ? ["shown\n"] : [],
  );
  const expected = Array.from({ length: 3000 }, (_, i) =>
    i % 1000 === 999 ? [`${i}\n`, `e${i}\n`, "child\n", "shown\n"] : [`${i}\n`],
  );
  assert.deepEqual(texts, expected.flat());
  const odd = await show(kernel, "for (let i = 0; i < 200; i++) console.log('é😀\\ud800')");
  assert.equal(odd.stdout, "é😀\ud800\n".repeat(200));
  // who computes after printing has printed all the same
  let seen = 0;
  kernel.onIopub = ({ header, content }) => {
    if (header.msg_type === "stream" && String(content["text"]).endsWith("\n499\n")) seen = performance.now();
  };
  await show(
    kernel,
    `${lines(500)} { const from = performance.now(); while (performance.now() - from < 1000); }`,
  );
  assert.ok(performance.now() - seen > 500, "the lines are there before the cell has ended");
  const crash = await show(kernel, `${lines(1000)} process.kill(process.pid, "SIGSEGV"); for (;;);`);
  assert.equal(crash.stdout, count(1000));
  assert.equal(crash.reply.status, "error");
});

test("both streams at once, from many children, lose nothing", async (t) => {
  const kernel = await kernelFor(t);
  const { stdout, stderr, reply } = await show(
    kernel,
    `${IMPORT} await Promise.all(Array.from({ length: 8 }, () => new Promise((done) => spawn("sh", ["-c", "seq 5000; seq 5000 >&2"], { stdio: "inherit" }).on("close", done)))); 0`,
  );
  assert.equal(reply.status, "ok");
  assert.equal(stdout.match(/\n/g)?.length, 40_000);
  assert.equal(stderr.match(/\n/g)?.length, 40_000);
});

test("binary junk is shown as text and breaks nothing", async (t) => {
  const kernel = await kernelFor(t);
  const script = `for (let i = 0; i < 300; i++) process.stdout.write(Buffer.from(Array.from({ length: 997 }, (_, k) => (k * 31 + i * 7) % 256)))`;
  const { stdout, reply } = await show(
    kernel,
    `${IMPORT} spawnSync(process.execPath, ["-e", ${JSON.stringify(script)}], { stdio: "inherit" }); console.log("after"); 0`,
  );
  assert.equal(reply.status, "ok");
  const expected = spawnSync(process.execPath, ["-e", script], { maxBuffer: 1e9 }).stdout;
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(expected);
  assert.ok(stdout === `${text}after\n`, "the bytes as the Encoding Standard decodes them");
});

test("a child that goes on after its cell is shown", async (t) => {
  const kernel = await kernelFor(t);
  let late = "";
  kernel.onIopub = ({ header, content }) => {
    if (header.msg_type === "stream") late += content["text"] as string;
  };
  await show(kernel, `${IMPORT} spawn("sh", ["-c", "sleep 0.2; echo late"], { stdio: "inherit" }); 0`);
  await show(kernel, "await new Promise((r) => setTimeout(r, 600)); 0");
  assert.equal(late, "late\n");
});
