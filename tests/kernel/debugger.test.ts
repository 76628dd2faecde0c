import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DapClient } from "./dap-client.js";
import { folderFor, show, value } from "./kernel-fixture.js";

const CELL = `const base: number = 40;

function add(a: number, b: number): number {
  const sum = a + b;
  return sum;
}
let total = add(base, 2);
total;`;

/** What `murmur2(text, 0xc70f6907)` of @jupyterlab/debugger 4.6.4 (lib/hash.js) gives for these texts. */
const HASHES: readonly (readonly [string, number])[] = [
  ["", 3990065800],
  ["a", 2167009006],
  ["ab", 2805137849],
  ["abc", 3350977461],
  ["abcd", 804720481],
  ["const a = 1;\nconsole.log(a)", 1511740279],
  ["naïve 🙂 ü", 1284060237],
  ["x".repeat(1001), 2469510316],
  ["\u{1F600}".repeat(77), 2122520242],
  ["// Übung\n".repeat(10_000), 3744438677],
];

test("a cell's path is the one that JupyterLab computes", async (t) => {
  const client = await DapClient.start(t);
  const info = await client.ask("debugInfo");
  assert.equal(info["hashMethod"], "Murmur2");
  assert.equal(info["hashSeed"], 0xc70f6907);
  for (const [code, hash] of HASHES) {
    const { sourcePath } = await client.ask("dumpCell", { code });
    assert.equal(sourcePath, `${String(info["tmpFilePrefix"])}${hash}${String(info["tmpFileSuffix"])}`);
    assert.equal(
      (await client.ask("source", { source: { path: sourcePath }, sourceReference: 0 }))["content"],
      code,
    );
    assert.equal(readFileSync(String(sourcePath), "utf8"), code);
  }
});

test("a cell stops on its own line, shows its stack and variables, and goes on", async (t) => {
  const client = await DapClient.attached(t);
  const { path, breakpoints } = await client.breakAt(CELL, 4);
  assert.equal(breakpoints[0]?.["verified"], true);
  assert.equal(breakpoints[0]?.["line"], 4);
  await client.ask("configurationDone");
  const running = show(client.kernel, CELL);
  const stop = await client.next("stopped");
  assert.equal(stop["reason"], "breakpoint");
  assert.deepEqual(stop["hitBreakpointIds"], [breakpoints[0]?.["id"]]);
  assert.deepEqual(await client.where(), ["add:4", "cell 1:7"]);
  assert.deepEqual((await client.stack())[0]?.["source"], { name: "cell 1", path });
  const locals = await client.scope("Locals");
  assert.deepEqual([...locals.keys()], ["a", "b", "sum"]);
  assert.equal(locals.get("a")?.["value"], "40");
  assert.equal((await client.scope("Globals")).get("base")?.["value"], "40");
  assert.equal(await client.evaluate("(a as number) * 2 + base"), "120");
  assert.equal(await client.step("next"), "add:5");
  assert.equal((await client.scope("Locals")).get("sum")?.["value"], "42");
  assert.equal(await client.step("stepOut"), "cell 1:8");
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "42");
});

test("conditions, hit conditions and messages decide where a loop stops", async (t) => {
  const client = await DapClient.attached(t);
  const code = "let sum = 0;\nfor (let i = 0; i < 10; i++) {\n  sum += i;\n}\nsum;";
  const rules: [object, string[]][] = [
    [{ condition: "i === 7 as number" }, ["7"]],
    [{ condition: "i % 4 === 3" }, ["3", "7"]],
    [{ hitCondition: "3" }, ["2"]],
    [{ hitCondition: ">= 9" }, ["8", "9"]],
    [{ hitCondition: "% 5" }, ["4", "9"]],
    [{ condition: "i > 4", hitCondition: "2" }, ["6"]],
    [{ condition: "nowhere.found" }, []],
  ];
  for (const [rule, stops] of rules) {
    await client.breakAt(code, { line: 3, ...rule });
    const running = show(client.kernel, code);
    for (const expected of stops) {
      await client.next("stopped");
      assert.equal(await client.evaluate("i"), expected, JSON.stringify(rule));
      await client.ask("continue", { threadId: 1 });
    }
    assert.equal((await running).result, "45");
  }
  await client.breakAt(code, { line: 3, logMessage: "at {i}: {sum as number}, {gone}" });
  const { stdout, result } = await show(client.kernel, code);
  assert.equal(result, "45");
  assert.match(stdout, /^at 0: 0, <ReferenceError: gone is not defined>\nat 1: 0, .*\nat 2: 1, /);
  const { breakpoints } = await client.breakAt(
    code,
    { line: 3, condition: "i ===" },
    { line: 3, condition: "const a = 1" },
    { line: 3, hitCondition: "often" },
  );
  for (const one of breakpoints) {
    assert.equal(one["verified"], false);
    assert.equal(typeof one["message"], "string");
  }
  assert.equal(await value(client.kernel, code), "45");
});

test("a breakpoint on a line without code moves to the next with some", async (t) => {
  const client = await DapClient.attached(t);
  const code = "// first\ninterface A {\n  a: number;\n}\n\nconst a: A = {\n  a: 1,\n};\na.a + 1;\n// last";
  const { breakpoints } = await client.breakAt(code, 1, 3, 9, 10);
  assert.deepEqual(
    breakpoints.map(({ line, verified }) => [line, verified]),
    [
      [6, true],
      [6, true],
      [9, true],
      [10, false],
    ],
  );
  const running = show(client.kernel, code);
  await client.next("stopped");
  assert.deepEqual(await client.where(), ["cell 1:6"]);
  assert.equal(await client.step("continue"), "cell 1:9");
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "2");
});

test("breakpoints hold when the cell runs again and when another cell calls its functions", async (t) => {
  const client = await DapClient.attached(t);
  const code = "function twice(n: number) {\n  return n * 2;\n}";
  const { path } = await client.breakAt(code, 2);
  assert.equal(await value(client.kernel, code), "");
  assert.equal(await value(client.kernel, code), "");
  const running = show(client.kernel, "twice(4)");
  await client.next("stopped");
  assert.deepEqual(await client.where(), ["twice:2", "cell 3:1"]);
  assert.deepEqual((await client.stack())[0]?.["source"], { name: "cell 2", path });
  const info = await client.ask("debugInfo");
  assert.deepEqual(info["stoppedThreads"], [1]);
  assert.deepEqual(info["breakpoints"], [{ source: path, breakpoints: [{ line: 2 }] }]);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "8");
  await client.breakIn(path);
  assert.equal(await value(client.kernel, "twice(5)"), "10");
});

test("attaching late finds the cells that ran before", async (t) => {
  const client = await DapClient.start(t);
  const code = "type N = number;\nfunction late(n: N) {\n  return n + 1;\n}";
  await value(client.kernel, code);
  await client.attach();
  await client.breakAt(code, 3);
  const running = show(client.kernel, "late(1)");
  await client.next("stopped");
  assert.deepEqual(await client.where(), ["late:3", "cell 2:1"]);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "2");
});

test("an imported file of the notebook's folder stops on its own lines, and again after an edit", async (t) => {
  const cwd = folderFor(t);
  const path = join(cwd, "lib.ts");
  const text = (n: number): string =>
    `${"\n".repeat(n)}interface Shape {\n  side: number;\n}\n\nexport const area = (shape: Shape): number => {\n  const { side } = shape;\n  return side * side;\n};\nexport const loaded: number = ${n};\n`;
  writeFileSync(path, text(0));
  const client = await DapClient.attached(t, { cwd });
  const [first] = await client.breakIn(path, 7, 9);
  assert.equal(first?.["verified"], true);
  const code = 'import { area } from "./lib.ts";\narea({ side: 3 });';
  const running = show(client.kernel, code);
  await client.next("stopped");
  assert.deepEqual(await client.where(), ["lib.ts:9", "cell 1:1"]);
  assert.equal(await client.step("continue"), "area:7");
  assert.deepEqual(await client.where(), ["area:7", "cell 1:2"]);
  assert.deepEqual((await client.stack())[0]?.["source"], { name: "lib.ts", path });
  assert.equal(await client.evaluate("side"), "3");
  const { modules } = (await client.ask("modules", {})) as { modules: { path: string }[] };
  assert.deepEqual(
    modules.filter((one) => one.path === path).map((one) => one.path),
    [path],
  );
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "9");
  writeFileSync(path, text(4));
  await client.breakIn(path, 11);
  const again = show(client.kernel, code);
  await client.next("stopped");
  assert.deepEqual(await client.where(), ["area:11", "cell 2:2"]);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await again).result, "9");
});

test("when the debugger has left, an await costs what it did before", async (t) => {
  const client = await DapClient.start(t);
  const cost = async (): Promise<number> => {
    const code = `let least = Infinity;
for (let round = 0; round < 8; round++) {
  const before = process.cpuUsage();
  for (let i = 0; i < 20_000; i++) await null;
  const { user, system } = process.cpuUsage(before);
  least = Math.min(least, user + system);
}
least`;
    return Number((await show(client.kernel, code)).result);
  };
  await cost();
  const before = await cost();
  await client.attach();
  await show(client.kernel, "await null");
  await client.ask("disconnect", {});
  const after = await cost();
  assert.ok(after < 2 * before, `${before} µs for 20,000 awaits before, ${after} after`);
});
