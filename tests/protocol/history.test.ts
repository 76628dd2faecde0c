import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type Json, RawClient, replyOf } from "./raw-client.js";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-history-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function ask(client: RawClient, content: Json): Promise<unknown> {
  const request = { output: false, raw: true, ...content };
  return replyOf(await client.request("history_request", request))["history"];
}

async function kernelWith(t: TestContext, history: string, ...cells: string[]): Promise<RawClient> {
  const client = await RawClient.start(t, { env: { GRADLAB_HISTORY: history } });
  for (const code of cells) await client.execute(code);
  return client;
}

test("tail, range and search within one kernel", async (t) => {
  const client = await kernelWith(t, "off", "1", "const abc = 2", "3", "const abc = 2");
  await client.execute("'unstored'", { store_history: false });
  await client.execute("'silent'", { silent: true });
  assert.deepEqual(await ask(client, { hist_access_type: "tail", n: 2 }), [
    [1, 3, "3"],
    [1, 4, "const abc = 2"],
  ]);
  assert.deepEqual(await ask(client, { hist_access_type: "tail", n: 0 }), []);
  const range = (content: Json): Promise<unknown> => ask(client, { hist_access_type: "range", ...content });
  // this session is asked for as 0 or by its number, and named as it was asked for
  assert.deepEqual(await range({ session: 0, start: 1, stop: 3 }), [
    [0, 1, "1"],
    [0, 2, "const abc = 2"],
  ]);
  assert.deepEqual(await range({ session: 1, start: 3, stop: 4 }), [[1, 3, "3"]]);
  assert.deepEqual(await range({ session: 0, start: -2 }), [
    [0, 3, "3"],
    [0, 4, "const abc = 2"],
  ]);
  assert.deepEqual(await range({ session: 0, start: 1, stop: -3 }), [[0, 1, "1"]]);
  assert.deepEqual(await range({ session: 7, start: 1 }), []);
  const search = (content: Json): Promise<unknown> => ask(client, { hist_access_type: "search", ...content });
  assert.deepEqual(await search({ pattern: "*abc*", unique: true }), [[1, 4, "const abc = 2"]]);
  assert.deepEqual(await search({ pattern: "*abc*", n: 1 }), [[1, 4, "const abc = 2"]]);
  assert.deepEqual(await search({ pattern: "?" }), [
    [1, 1, "1"],
    [1, 3, "3"],
  ]);
  assert.deepEqual(await search({ pattern: "[2-9]" }), [[1, 3, "3"]]);
  assert.deepEqual(await search({ pattern: "[^3]" }), [[1, 1, "1"]]);
  assert.deepEqual(await search({ pattern: "abc" }), []);
  assert.deepEqual(await ask(client, { hist_access_type: "elsewhere" }), []);
});

test("with output: the text of each result", async (t) => {
  const client = await kernelWith(t, "off", "6 * 7", "const a = 1");
  assert.deepEqual(await ask(client, { hist_access_type: "tail", n: 2, output: true }), [
    [1, 1, ["6 * 7", "42"]],
    [1, 2, ["const a = 1", null]],
  ]);
});

test("inputs are kept across kernels, for their user alone", async (t) => {
  const folder = join(folderFor(t), "deep", "history");
  await kernelWith(t, folder, "'one'", "'ünïcode 🙂\\n'");
  const second = await kernelWith(t, folder, "'two'");
  assert.deepEqual(await ask(second, { hist_access_type: "tail", n: 10 }), [
    [1, 1, "'one'"],
    [1, 2, "'ünïcode 🙂\\n'"],
    [2, 1, "'two'"],
  ]);
  assert.deepEqual(await ask(second, { hist_access_type: "range", session: -1, start: 2, stop: 9 }), [
    [1, 2, "'ünïcode 🙂\\n'"],
  ]);
  assert.deepEqual(await ask(second, { hist_access_type: "search", pattern: "*o*" }), [
    [1, 1, "'one'"],
    [1, 2, "'ünïcode 🙂\\n'"],
    [2, 1, "'two'"],
  ]);
  const files = readdirSync(folder);
  assert.deepEqual(files, ["000001.jsonl", "000002.jsonl"]);
  for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test("kernels side by side have numbers of their own", async (t) => {
  const folder = folderFor(t);
  const clients = await Promise.all([1, 2, 3].map(() => kernelWith(t, folder)));
  await Promise.all(clients.map((client, i) => client.execute(`${i}`)));
  const found = (await ask(clients[0], { hist_access_type: "tail", n: 10 })) as [number, number, string][];
  assert.deepEqual(
    found.map(([session]) => session),
    [1, 2, 3],
  );
  assert.deepEqual(new Set(found.map(([, , source]) => source)), new Set(["0", "1", "2"]));
});

test("a kernel that was killed loses no earlier input, and a torn line does no harm", async (t) => {
  const folder = folderFor(t);
  const first = await kernelWith(t, folder, "'kept'");
  first.child.kill("SIGKILL");
  await new Promise((resolve) => first.child.once("exit", resolve));
  appendFileSync(join(folder, "000001.jsonl"), '[2,"torn');
  const second = await kernelWith(t, folder);
  assert.deepEqual(await ask(second, { hist_access_type: "tail", n: 5 }), [[1, 1, "'kept'"]]);
});

test("a folder that cannot be written costs the history of other kernels, not this one's", async (t) => {
  const blocked = join(folderFor(t), "file");
  appendFileSync(blocked, "");
  const client = await kernelWith(t, join(blocked, "history"), "1", "2");
  assert.deepEqual(await ask(client, { hist_access_type: "tail", n: 5 }), [
    [1, 1, "1"],
    [1, 2, "2"],
  ]);
  assert.equal(readFileSync(blocked, "utf8"), "");
});

test("switched off by argument or environment, nothing is written", async (t) => {
  const home = folderFor(t);
  const env = { HOME: home, XDG_STATE_HOME: join(home, "state") };
  const off = await RawClient.start(t, {
    argv: ["--history", "off"],
    env: { ...env, GRADLAB_HISTORY: "on" },
  });
  await off.execute("1");
  assert.deepEqual(readdirSync(home), []);
  const on = await RawClient.start(t, { env: { ...env, GRADLAB_HISTORY: "on" } });
  await on.execute("2");
  assert.equal(
    readdirSync(home, { recursive: true }).filter((name) => String(name).endsWith(".jsonl")).length,
    1,
  );
});

test("the oldest sessions make room", async (t) => {
  const folder = folderFor(t);
  for (let i = 1; i <= 1010; i += 1)
    writeFileSync(join(folder, `${String(i).padStart(6, "0")}.jsonl`), `[1,"${i}"]\n`);
  const client = await kernelWith(t, folder, "'new'");
  while (readdirSync(folder).length > 1000) await new Promise((resolve) => setTimeout(resolve, 10));
  const files = readdirSync(folder);
  assert.equal(files.length, 1000);
  assert.ok(files.includes("001011.jsonl") && !files.includes("000001.jsonl"));
  assert.deepEqual(await ask(client, { hist_access_type: "tail", n: 1 }), [[1011, 1, "'new'"]]);
});

test("a pattern of many stars is answered", async (t) => {
  const client = await kernelWith(t, "off", `'${"a".repeat(20_000)}'`);
  assert.deepEqual(
    await ask(client, { hist_access_type: "search", pattern: `${"*a".repeat(200)}*['][b]` }),
    [],
  );
});
