import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { KernelClient } from "gradlab-kernel";
import { kernelFor, show, value } from "./kernel-fixture.js";
import { ROOT } from "../source-files.js";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function stdout(kernel: KernelClient, code: string): Promise<string> {
  const { reply, stdout: text } = await show(kernel, code);
  assert.equal(reply.status, "ok", reply.traceback?.join("\n"));
  return text;
}

async function fault(kernel: KernelClient, code: string): Promise<string> {
  const { reply } = await show(kernel, code);
  assert.equal(reply.ename, "E_MAGIC");
  return (reply.traceback ?? []).join("\n");
}

test("% stays JavaScript's operator wherever a statement goes on", async (t) => {
  const kernel = await kernelFor(t);
  assert.equal(await value(kernel, "const n = 17\nconst b = 5\nn\n%b"), "2");
  assert.equal(await value(kernel, "n\n%b"), "2");
  assert.equal(await value(kernel, "(n\n%b\n)"), "2");
  assert.equal(await value(kernel, "const who = 4; n\n%who"), "1");
  assert.equal(await value(kernel, "n\n%who"), "1", "a name of an earlier cell");
  assert.equal(await value(kernel, "const t = `\n%pwd\n%nothing\n`; t"), "'\\n%pwd\\n%nothing\\n'");
  assert.equal(await value(kernel, "/*\n%pwd\n*/\n1"), "1");
  assert.equal(await value(kernel, "n % 3"), "2");
  assert.equal(await value(kernel, "[n\n  %b]"), "[ 2 ]");
});

test("unknown magics are refused with the nearest name and their line", async (t) => {
  const kernel = await kernelFor(t);
  assert.match(
    await fault(kernel, "const a = 1\n%whoo"),
    /^E_MAGIC: There is no magic %whoo\.\n {2}hint: Did you mean %who\?[^]*> 2 \| %whoo\n/,
  );
  assert.match(await fault(kernel, "%%time1\n1"), /Did you mean %%time\?/);
  assert.match(await fault(kernel, "%bash ls"), /Did you mean %%bash\?/);
  assert.match(await fault(kernel, "%qqqqqqqq"), /hint: %lsmagic lists them/);
  assert.equal(await value(kernel, "typeof a"), "'undefined'", "nothing of the cell ran");
});

test("%time and %%time: awaits included, results and declarations kept", async (t) => {
  const kernel = await kernelFor(t);
  const line = await show(kernel, "%time const x = await new Promise((r) => setTimeout(() => r(5), 20))\nx");
  // a timer of 20 ms may fire some tenths early; how late is up to the machine
  const waited = /^Time: (?:19|[2-9]\d|\d{3})(?:\.\d+)? ms \(CPU: |^Time: \d+(?:\.\d+)? s /;
  assert.match(line.stdout, waited);
  assert.equal(line.result, "5");
  const promise = await show(kernel, "%time new Promise((r) => setTimeout(() => r(6), 20))");
  assert.match(promise.stdout, waited);
  assert.equal(promise.result, "6");
  const cell = await show(kernel, "%%time\nlet s = 0; for (let i = 0; i < 10; i++) s += i\ns");
  assert.match(cell.stdout, /^Time: [^\n]+\n$/);
  assert.equal(cell.result, "45");
  const { reply } = await show(kernel, "%time 1\n\n  null!.x");
  assert.match((reply.traceback ?? []).join("\n"), /> 3 \| {3}null!\.x\n {4}\| {9}\^/);
});

test("%%bash streams, is interrupted, and shows its exit code", async (t) => {
  const kernel = await kernelFor(t);
  const ran = await show(kernel, '%%bash one "two\nprintf "%s|" hi $1 $#; echo bad >&2');
  assert.equal(ran.stdout, "hi|one|2|");
  assert.equal(ran.stderr, "bad\n");
  assert.match(await fault(kernel, "%%bash\nexit 3"), /The script ended with exit code 3\.\n {2}hint: /);
  await value(kernel, "const kept = 1; process.env.FROM_CELL = 'yes'");
  assert.equal(await stdout(kernel, "%%bash\necho $FROM_CELL"), "yes\n");
  let heard: (() => void) | undefined;
  const started = new Promise<void>((resolve) => (heard = resolve));
  const running = kernel.execute("%%bash\necho go\nsleep 1000\necho never", { onOutput: () => heard?.() });
  await started;
  await kernel.interrupt();
  assert.equal((await running).ename, "Interrupted");
  assert.equal(await value(kernel, "kept"), "1");
});

test("%env, %cd, %pwd, %who, %load, %help", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "lib.ts"), "export const n: number = 3;\n");
  const kernel = await kernelFor(t, { cwd: folder });
  assert.equal(await stdout(kernel, "%env NAME=some text\n%env NAME"), "some text\n");
  assert.equal(await value(kernel, "process.env.NAME"), "'some text'");
  assert.match(await stdout(kernel, "%env"), /^NAME=some text$/m);
  assert.match(await stdout(kernel, "%cd sub\n%pwd"), /\/sub\n[^\n]*\/sub\n$/);
  assert.equal(await value(kernel, "import { n } from './lib'; n"), "3", "imports start from the notebook");
  assert.match(await fault(kernel, "%cd nowhere"), /cannot be entered\.\n {2}hint: %pwd/);
  assert.equal(await value(kernel, "process.cwd().endsWith('sub')"), "true");
  assert.equal(
    await stdout(
      kernel,
      "class A {} const list = [1, 2], text = 'é', f = () => 1, none = null, a = new A()\n%who",
    ),
    [
      "A     class",
      "a     A         A {}",
      "f     function",
      "list  Array     [ 1, 2 ]",
      "n     number    3",
      "none  null      null",
      "text  string    'é'\n",
    ].join("\n"),
  );
  const load = await kernel.request("execute_request", { code: `%load ${join(folder, "lib.ts")}` });
  assert.deepEqual(load.content["payload"], [
    {
      source: "set_next_input",
      text: `// %load ${join(folder, "lib.ts")}\nexport const n: number = 3;\n`,
      replace: true,
    },
  ]);
  assert.match(await fault(kernel, "%load absent.ts"), /cannot be read/);
  assert.match(await stdout(kernel, "%help time"), /^%time STATEMENT +Runs[^]*%%time +Prints/);
  assert.equal(await stdout(kernel, "%lsmagic"), await stdout(kernel, "%help"));
});

test("%reset forgets variables, results and modules", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "const a = 1; a");
  assert.equal(await value(kernel, "[$_, $1]"), "[ 1, 1 ]");
  assert.equal(await value(kernel, "%reset\n[typeof a, typeof $_]"), "[ 'undefined', 'undefined' ]");
  assert.equal(await stdout(kernel, "%who"), "There are no variables.\n");
});

test("%install makes a package importable at once, also after it was missed", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "source"));
  writeFileSync(
    join(folder, "source", "package.json"),
    '{"name":"made-here","version":"1.0.0","type":"module","exports":{"types":"./i.d.ts","default":"./i.js"},"scripts":{"install":"touch ran"}}',
  );
  writeFileSync(join(folder, "source", "i.js"), "export const made = 26;");
  writeFileSync(join(folder, "source", "i.d.ts"), "export declare const made: number;");
  const kernel = await kernelFor(t, { cwd: folder, typeCheck: "warn" });
  await kernel.request("complete_request", { code: "Arr", cursor_pos: 3 });
  const missed = await show(kernel, "import { made } from 'made-here'");
  assert.match(
    (missed.reply.traceback ?? []).join("\n"),
    /hint: Install it for the notebook: %install made-here/,
  );
  assert.equal((await show(kernel, "await import('made-here')")).reply.ename, "ERR_MODULE_NOT_FOUND");
  const installed = await show(kernel, "%install ./source\nimport { made } from 'made-here'\nmade");
  assert.equal(installed.result, "26", installed.reply.traceback?.join("\n"));
  assert.match(installed.stdout, /added 1 package/);
  assert.equal(installed.stderr, "");
  const later = await show(
    kernel,
    "%typecheck block\nimport { made } from 'made-here'; const s: string = made",
  );
  assert.match(later.reply.evalue ?? "", /TS2322: Type 'number'/);
  assert.equal(later.reply.traceback?.join("\n").includes("TS2307"), false);
  assert.match(await fault(kernel, "%install --force x"), /takes packages/);
  assert.match(await fault(kernel, "%install ./absent"), /npm could not install \.\/absent/);
});

test("%autoreload on imports edited files again into variables that were not redeclared", async (t) => {
  const folder = folderFor(t);
  const write = async (text: string): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(join(folder, "lib.ts"), text);
  };
  await write("export const n = 1; export const m = 1;");
  const kernel = await kernelFor(t, { cwd: folder });
  await value(kernel, "import { n, m } from './lib'; import * as all from './lib'");
  await write("export const n = 2; export const m = 2;");
  assert.equal(await value(kernel, "[n, m, all.n]"), "[ 1, 1, 1 ]");
  await value(kernel, "%autoreload on\nconst m = 'mine'");
  assert.equal(await value(kernel, "[n, m, all.n]"), "[ 2, 'mine', 2 ]");
  await value(kernel, "%autoreload off");
  await write("export const n = 3;");
  assert.equal(await value(kernel, "n"), "2");
  assert.match(await fault(kernel, "%autoreload maybe"), /One of on, off/);
});

test("%typecheck sets and shows what type errors do", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await kernel.request("complete_request", { code: "Arr", cursor_pos: 3 });
  assert.equal(await stdout(kernel, "%typecheck"), "Type errors: warn\n");
  const blocked = await show(kernel, "%typecheck block\nconst n: number = 'x'");
  assert.equal(blocked.reply.ename, "TypeCheckError");
  assert.match(blocked.reply.evalue ?? "", /:2:7 TS2322/);
  const off = await show(kernel, "%typecheck off\nconst n: number = 'x'; n");
  assert.deepEqual([off.result, off.stderr], ["'x'", ""]);
});

test("completion, inspection and is_complete know magics", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  const complete = async (code: string, at = code.length): Promise<unknown> => {
    const { content } = await kernel.request("complete_request", { code, cursor_pos: at });
    return [content["matches"], content["cursor_start"], content["cursor_end"]];
  };
  assert.deepEqual(await complete("%t"), [["%time", "%typecheck"], 0, 2]);
  assert.deepEqual(await complete("%%"), [["%%time", "%%bash"], 0, 2]);
  assert.deepEqual(await complete("'🙂'\n%ti"), [["%time"], 4, 7]);
  const member = await complete("%env A=1\n[1].flatM");
  assert.deepEqual(member, [["flatMap"], 13, 18]);
  assert.deepEqual(await complete("%time [1].flatM"), [["flatMap"], 10, 15]);
  const { content } = await kernel.request("inspect_request", { code: "%time f()", cursor_pos: 2 });
  assert.match((content["data"] as Record<string, string>)["text/plain"] ?? "", /^%time STATEMENT\nRuns/);
  const complete2 = async (code: string): Promise<unknown> =>
    (await kernel.request("is_complete_request", { code })).content["status"];
  assert.equal(await complete2("%time f()"), "complete");
  assert.equal(await complete2("%time f("), "incomplete");
  assert.equal(await complete2("%%bash\nif"), "complete");
  assert.equal(await complete2("%nomagic"), "invalid");
});

test("docs/kernel.md lists every magic as %lsmagic does", async (t) => {
  const kernel = await kernelFor(t);
  const listed = (await stdout(kernel, "%lsmagic")).trimEnd().split("\n");
  const rows = [
    ...readFileSync(join(ROOT, "docs", "kernel.md"), "utf8").matchAll(/^\| `(%[^`]+)` +\| (.+?) +\|$/gm),
  ];
  assert.deepEqual(
    rows.map(([, usage, text]) => `${usage.replaceAll("\\|", "|")} ${text}`),
    listed.map((line) => line.replace(/ {2,}/, " ")),
  );
});
