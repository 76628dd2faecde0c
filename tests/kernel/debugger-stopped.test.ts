import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import type { JsonObject } from "gradlab-kernel";
import { DapClient } from "./dap-client.js";
import { allGone, processTree, show, type Shown, value } from "./kernel-fixture.js";

const CELL = "var local = 1;\nfunction work(n: number) {\n  return n + local;\n}\nwork(1);";

/** Runs the cell until it stands on its third line. */
async function stopIn(client: DapClient, code = CELL): Promise<{ running: Promise<Shown> }> {
  await client.breakAt(code, 3);
  const running = show(client.kernel, code);
  await client.next("stopped");
  return { running };
}

test("25 interrupts of a stopped cell end it and keep the variables", async (t) => {
  const client = await DapClient.attached(t);
  await value(client.kernel, "let kept = 0");
  const code = "kept += 1;\nfor (const n of [1]) {\n  kept += n;\n}\nkept = -1;";
  for (let round = 1; round <= 25; round += 1) {
    const { running } = await stopIn(client, code);
    await client.kernel.interrupt();
    const { reply } = await running;
    assert.equal(reply.ename, "Interrupted");
    assert.match(reply.traceback?.join("\n") ?? "", /> 3 \|   kept \+= n;/);
    await client.next("continued");
    assert.equal(await value(client.kernel, "kept"), String(round));
  }
});

test("an interrupt of a running cell is no stop, and breakpoints hold after it", async (t) => {
  const client = await DapClient.attached(t);
  for (const code of ["for (;;) {}", "await new Promise(() => {})", "for (;;) await null"]) {
    const running = show(client.kernel, code);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await client.kernel.interrupt();
    assert.equal((await running).reply.ename, "Interrupted");
    assert.equal(await value(client.kernel, "1 + 1"), "2");
  }
  assert.deepEqual(
    client.events.map(({ event }) => event),
    ["initialized", "thread"],
  );
  const { running } = await stopIn(client);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "2");
});

test("while a cell stands, everything else answers", async (t) => {
  const client = await DapClient.attached(t);
  const { running } = await stopIn(client);
  const { kernel } = client;
  assert.equal((await kernel.request("kernel_info_request")).content["status"], "ok");
  const completed = await kernel.request("complete_request", { code: "Math.ma", cursor_pos: 7 });
  assert.deepEqual(completed.content["matches"], ["max"]);
  assert.ok((await kernel.request("usage_request", {}, { channel: "control" })).content["pid"]);
  assert.equal((await client.ask("debugInfo"))["isStarted"], true);
  await kernel.beat();
  const queued = show(kernel, "local + 10");
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "2");
  assert.equal((await queued).result, "11");
});

test("a stopped kernel shuts down", async (t) => {
  const client = await DapClient.attached(t);
  const { running } = await stopIn(client);
  const failed = assert.rejects(running);
  const pids = processTree(client.kernel.pid ?? 0);
  const { tmpFilePrefix } = await client.ask("debugInfo");
  assert.ok(existsSync(String(tmpFilePrefix)));
  await client.kernel.shutdown();
  await failed;
  await allGone(pids);
  assert.ok(!existsSync(String(tmpFilePrefix)));
});

test("after disconnect the stopped cell runs on and nothing stops any more", async (t) => {
  const client = await DapClient.attached(t);
  const { running } = await stopIn(client);
  await client.ask("disconnect", { restart: false, terminateDebuggee: false });
  assert.equal((await running).result, "2");
  await client.next("continued");
  await client.next("terminated");
  assert.equal(await value(client.kernel, CELL), "2");
  assert.equal(await value(client.kernel, "debugger; local"), "1");
  const info = await client.ask("debugInfo");
  assert.deepEqual([info["isStarted"], info["breakpoints"], info["stoppedThreads"]], [false, [], []]);
  await client.attach();
  const again = await stopIn(client);
  await client.ask("disconnect", { terminateDebuggee: true });
  assert.equal((await again.running).reply.ename, "Interrupted");
  assert.equal(await value(client.kernel, CELL), "2");
  await client.attach();
  const last = await stopIn(client);
  await client.ask("terminate", {});
  assert.equal((await last.running).reply.ename, "Interrupted");
  assert.equal(await value(client.kernel, "local"), "1");
});

test("breakpoints outlive the process that runs cells", async (t) => {
  const client = await DapClient.attached(t);
  await client.breakAt(CELL, 3);
  const lost = show(client.kernel, "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {})");
  assert.equal((await lost).reply.ename, "KernelStateLost");
  const running = show(client.kernel, CELL);
  await client.next("stopped");
  assert.deepEqual(await client.where(), ["work:3", "cell 2:5"]);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "2");
});

test("a process that dies while it stands leaves a kernel that works", async (t) => {
  const client = await DapClient.attached(t);
  const { running } = await stopIn(client);
  process.kill(Number(await client.evaluate("process.pid")), "SIGKILL");
  assert.equal((await running).reply.ename, "KernelStateLost");
  await client.next("continued");
  assert.equal(await client.refused("stackTrace", { threadId: 1 }), "notStopped");
  const again = show(client.kernel, CELL);
  await client.next("stopped");
  await client.ask("continue", { threadId: 1 });
  assert.equal((await again).result, "2");
});

test("pause stops a busy loop, and a waiting cell when it goes on", async (t) => {
  const client = await DapClient.attached(t);
  const begun = async (name: string): Promise<void> => {
    for (;;) {
      const { variables } = (await client.ask("inspectVariables", {})) as { variables: JsonObject[] };
      if (Number(variables.find((one) => one["name"] === name)?.["value"]) > 0) return;
    }
  };
  const busy = show(client.kernel, "let turns = 0;\nwhile (turns >= 0) {\n  turns += 1;\n}\nturns;");
  await begun("turns");
  await client.ask("pause", { threadId: 1 });
  assert.equal((await client.next("stopped"))["reason"], "pause");
  assert.match((await client.where())[0] ?? "", /^cell 1:[23]$/);
  await client.evaluate("turns = -5");
  await client.ask("continue", { threadId: 1 });
  assert.match((await busy).result, /^-[45]$/);
  // long enough for the pause to be asked for meanwhile
  const code =
    "let begun = 1;\nawait new Promise<void>((done) => setTimeout(done, 3000));\nconst done: number = 1;\ndone;";
  const waiting = show(client.kernel, code);
  await begun("begun");
  await client.ask("pause", { threadId: 1 });
  assert.equal((await client.next("stopped"))["reason"], "pause");
  assert.match((await client.where())[0] ?? "", /^(cell 2:[23]|\(anonymous\):)/);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await waiting).result, "1");
});

test("a pause is not lost when something is evaluated while the cell waits", async (t) => {
  const client = await DapClient.attached(t);
  // the first evaluation looks for the debugger's helper, and takes the longest way through Node's code
  const code = "await new Promise<void>((done) => setTimeout(done, 1000));\nconst done: number = 1;\ndone;";
  const running = show(client.kernel, code);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const expression = "await new Promise((done) => setTimeout(done, 100))";
  const evaluated = client.ask("evaluate", { expression, context: "repl" });
  await client.ask("pause", { threadId: 1 });
  const stopped = client.next("stopped").then(({ reason }) => reason);
  assert.equal(await Promise.race([stopped, running.then(() => "the cell ended")]), "pause");
  assert.match((await client.where())[0] ?? "", /^(cell 1:|\(anonymous\):)/);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "1");
  await evaluated;
});

test("what cannot be done is said in words", async (t) => {
  const client = await DapClient.start(t);
  assert.match(await client.refused("attach", {}), /initialize comes before/);
  assert.match(await client.refused("setBreakpoints", { source: { path: "/x.ts" } }), /not attached/);
  assert.match(await client.refused("launchRocket", {}), /not a request/);
  assert.match(await client.refused("toString", {}), /not a request/);
  await client.attach();
  await client.attach();
  for (const command of ["continue", "next", "stepIn", "stepOut", "stackTrace"]) {
    assert.equal(await client.refused(command, { threadId: 1 }), "notStopped");
  }
  assert.match(await client.refused("scopes", { frameId: 99 }), /no such frame/);
  assert.match(await client.refused("variables", { variablesReference: 99 }), /no longer valid/);
  assert.match(
    await client.refused("source", { sourceReference: 0, source: { path: "/nowhere.ts" } }),
    /not available/,
  );
  assert.match(await client.refused("exceptionInfo", { threadId: 1 }), /Nothing was thrown/);
  const [unknown] = await client.breakIn("/nowhere.ts", 1);
  assert.equal(unknown?.["verified"], false);
  const { breakpoints } = await client.breakAt("const = 1", 1);
  assert.equal(breakpoints[0]?.["verified"], false);
  const { running } = await stopIn(client);
  const [frame] = await client.stack();
  const evaluate = (expression: string): Promise<string> =>
    client.refused("evaluate", { expression, frameId: frame?.["id"], context: "repl" });
  assert.equal(await evaluate("nothing"), "ReferenceError: nothing is not defined");
  assert.equal(await evaluate("null.x"), "TypeError: Cannot read properties of null (reading 'x')");
  assert.match(await evaluate("1 +"), /Unexpected token/);
  await client.ask("continue", { threadId: 1 });
  assert.equal((await running).result, "2");
});
