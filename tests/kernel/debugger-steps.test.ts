import assert from "node:assert/strict";
import { test } from "node:test";
import { DapClient } from "./dap-client.js";
import { show } from "./kernel-fixture.js";

const AWAITS = `const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
async function slow(n: number): Promise<number> {
  await pause(5);
  const m = n + 1;
  await null;
  return m;
}
let out = 0;
out = await slow(1);
await pause(1);
for (const n of [1, 2]) {
  out += await slow(n);
}
out;`;

test("next goes over awaits, line by line", async (t) => {
  const client = await DapClient.attached(t);
  await client.breakAt(AWAITS, 8);
  const running = show(client.kernel, AWAITS);
  await client.next("stopped");
  const seen = await client.where();
  for (let i = 0; i < 6; i += 1) seen.push(await client.step("next"));
  assert.deepEqual(seen.slice(0, 4), ["cell 1:8", "cell 1:9", "cell 1:10", "cell 1:11"]);
  assert.equal(await client.evaluate("out"), "4");
  assert.ok(
    seen.slice(4).every((where) => /^cell 1:1[12]$/.test(where)),
    seen.join(" "),
  );
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "7");
});

test("a step into an async function goes through its awaits and out to who waits for it", async (t) => {
  const client = await DapClient.attached(t);
  await client.breakAt(AWAITS, 9);
  const running = show(client.kernel, AWAITS);
  await client.next("stopped");
  const seen: string[] = [];
  for (let where = await client.step("stepIn"); where.startsWith("slow"); where = await client.step("next")) {
    seen.push(where);
    if (where === "slow:4") assert.deepEqual(await client.where(), ["slow:4", "cell 1:9"]);
  }
  assert.deepEqual([...new Set(seen)], ["slow:3", "slow:4", "slow:5", "slow:6"]);
  assert.match((await client.where())[0] ?? "", /^cell 1:(9|10)$/);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "7");
});

test("a step out of an async function that waited lands in who awaits it", async (t) => {
  const client = await DapClient.attached(t);
  await client.breakAt(AWAITS, 4);
  const running = show(client.kernel, AWAITS);
  await client.next("stopped");
  assert.match(await client.step("stepOut"), /^cell 1:(9|10)$/);
  await client.breakAt(AWAITS);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "7");
});

const EVERYTHING = `import { join } from "node:path";
class Counter {
  #n = 0;
  get n() { return this.#n; }
  add(by: number) { this.#n += by; return this; }
}
enum Colour { Red, Green }
const counter = new Counter().add(2);
const path = join("a", "b");
const doubled = [1, 2].map((n) => n * 2);
for await (const n of [counter.n]) console.log(n, path);
await new Promise<void>((done) => setTimeout(() => { counter.add(1); done(); }, 1));
try { JSON.parse("{"); } catch (error) { console.error((error as Error).name); }
display({ Colour: Colour.Green });
doubled.length;`;

test("stepping into everything never leaves the user's lines", async (t) => {
  const client = await DapClient.attached(t);
  const { path } = await client.breakAt(EVERYTHING, 1);
  const running = show(client.kernel, EVERYTHING);
  let ended = false;
  void running.then(() => (ended = true));
  await client.next("stopped");
  const lines: number[] = [];
  for (let i = 0; i < 200 && !ended; i += 1) {
    for (const frame of await client.stack()) {
      assert.equal((frame["source"] as { path: string }).path, path);
      assert.ok(Number(frame["line"]) >= 1 && Number(frame["line"]) <= 15);
    }
    lines.push(Number((await client.stack())[0]?.["line"]));
    await client.ask("stepIn", { threadId: 1 });
    await Promise.race([client.next("stopped"), running]);
    if ((await client.send("stackTrace", { threadId: 1 }))["success"] !== true) await running;
  }
  const { result, stdout } = await running;
  assert.equal(result, "2");
  assert.match(stdout, /^2 a\/b$/m);
  for (const line of [1, 5, 8, 9, 10, 11, 12, 13, 14, 15])
    assert.ok(lines.includes(line), `${line}: ${lines.join(" ")}`);
});

test("a step at a cell's end ends with it, and does not stop the next cell", async (t) => {
  const client = await DapClient.attached(t);
  for (const step of ["next", "stepIn", "stepOut"]) {
    const code = `const last${step} = 1;\nlast${step} + 1;`;
    await client.breakAt(code, 2);
    const running = show(client.kernel, code);
    await client.next("stopped");
    await client.ask(step, { threadId: 1 });
    assert.equal((await running).result, "2");
    const before = client.events.length;
    assert.equal((await show(client.kernel, "function f() { return 3; }\nf();")).result, "3");
    assert.equal(client.events.length, before);
  }
});

const THROWS: readonly (readonly [string, string, "caught" | "uncaught", string])[] = [
  ["a throw", "const a = 1;\nthrow new Error('one');", "uncaught", "cell N:2"],
  ["a throw in a function", "function f() {\n  throw new Error('two');\n}\nf();", "uncaught", "f:2"],
  ["a throw after an await", "await null;\nthrow new Error('three');", "uncaught", "cell N:2"],
  [
    "an awaited function",
    "async function g() {\n  await null;\n  throw new Error('four');\n}\nawait g();",
    "uncaught",
    "g:3",
  ],
  ["a try", "try {\n  throw new Error('five');\n} catch {}\n1;", "caught", "cell N:2"],
  [
    "a try around a call",
    "function h() {\n  throw new Error('six');\n}\ntry { h(); } catch {}\n1;",
    "caught",
    "h:2",
  ],
  [
    "a try around an await",
    "async function k() {\n  await null;\n  throw new Error('seven');\n}\ntry { await k(); } catch {}\n1;",
    "caught",
    "k:3",
  ],
  [
    "a handler",
    "async function m() {\n  throw new Error('eight');\n}\nawait m().catch(() => 1);",
    "caught",
    "m:2",
  ],
  ["a finally", "try {\n  throw new Error('nine');\n} finally { 0; }", "uncaught", "cell N:2"],
  [
    "a throw of Node's",
    "import { readFileSync } from 'node:fs';\nreadFileSync('/nowhere');",
    "uncaught",
    "cell N:2",
  ],
  ["a throw of a value", "throw 5;", "uncaught", "cell N:1"],
];

test("exceptions stop where they are thrown, caught and uncaught told apart", async (t) => {
  const client = await DapClient.attached(t);
  let count = 0;
  for (const [what, code, kind, place] of THROWS) {
    for (const filter of ["caught", "uncaught"]) {
      await client.ask("setExceptionBreakpoints", { filters: [filter] });
      const before = client.events.length;
      const running = show(client.kernel, code);
      count += 1;
      if (filter === kind) {
        const stop = await client.next("stopped");
        assert.equal(stop["reason"], "exception", what);
        assert.equal((await client.where())[0], place.replace("N", String(count)), what);
        const info = await client.ask("exceptionInfo", { threadId: 1 });
        assert.equal(info["breakMode"], kind === "uncaught" ? "unhandled" : "always");
        assert.equal(info["description"], stop["text"]);
        await client.ask("continue", { threadId: 1 });
      }
      assert.equal((await running).reply.status, kind === "uncaught" ? "error" : "ok", what);
      const stops = client.events.slice(before).filter(({ event }) => event === "stopped");
      assert.equal(stops.length, filter === kind ? 1 : 0, `${what} with ${filter}`);
    }
  }
  await client.ask("setExceptionBreakpoints", { filters: [] });
  assert.equal((await show(client.kernel, "throw new Error('last')")).reply.status, "error");
});

test("interrupts stop no exception filter", async (t) => {
  const client = await DapClient.attached(t);
  await client.ask("setExceptionBreakpoints", { filters: ["caught", "uncaught"] });
  for (const code of ["for (;;) await null", "for (;;) {}", "await new Promise(() => {})"]) {
    const running = show(client.kernel, code);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.kernel.interrupt();
    assert.equal((await running).reply.ename, "Interrupted");
  }
  assert.deepEqual(
    client.events.filter(({ event }) => event === "stopped"),
    [],
  );
});
