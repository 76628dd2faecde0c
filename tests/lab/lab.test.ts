import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { ROOT } from "../source-files.js";

const MAIN = join(dirname(fileURLToPath(import.meta.resolve("gradlab-cli"))), "main.js");

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-lab-command-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

function gradlab(t: TestContext, argv: readonly string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => (said += data.toString()));
  t.after(() => child.kill("SIGKILL"));
  return { child, said: () => said, ended: new Promise((resolve) => child.once("close", resolve)) };
}

const NOTEBOOK = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: "gradlab" } }, cells: [] };

/** `gradlab lab` on a free port, once it listens, over a folder with one notebook. */
async function lab(t: TestContext, ...argv: string[]): Promise<Started & { url: URL }> {
  const folder = folderFor(t);
  writeFileSync(join(folder, "nb.ipynb"), JSON.stringify(NOTEBOOK));
  const env = { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, GRADLAB_PASSWORD: "a password" };
  const started = gradlab(t, ["lab", folder, "--port", "0", "--front-end", folder, ...argv], env);
  while (!started.said().includes("Stop it with")) {
    assert.equal(started.child.exitCode, null, started.said());
    await delay(20);
  }
  return { ...started, url: new URL(/http\S+/.exec(started.said())![0]) };
}

test("gradlab lab prints an address that works; Ctrl-C ends it, twice while kernels run", async (t) => {
  const { child, url, said, ended } = await lab(t, "--base-url", "/x/");
  assert.match(url.href, /^http:\/\/127\.0\.0\.1:\d+\/x\/\?token=[0-9a-f]{48}$/);
  const headers = { Authorization: `token ${url.searchParams.get("token")}` };
  const kernels = new URL("api/kernels", url);
  assert.equal((await fetch(kernels, { method: "POST", headers, body: "{}" })).status, 201);
  child.kill("SIGINT");
  while (!/1 kernel runs\. Press Ctrl-C again/.test(said())) await delay(20);
  assert.equal((await fetch(kernels, { headers })).status, 200);
  child.kill("SIGINT");
  assert.equal(await ended, 0);
  const idle = await lab(t);
  idle.child.kill("SIGINT");
  assert.equal(await idle.ended, 0);
});

test("the kernel of the notebook that is opened starts with the server, once", async (t) => {
  const { url, child, ended } = await lab(t, "--open", "nb.ipynb");
  assert.equal(url.pathname, "/lab/tree/nb.ipynb");
  const headers = { Authorization: `token ${url.searchParams.get("token")}` };
  const sessions = new URL("/api/sessions", url);
  type Models = { path: string; kernel: { id: string; name: string } }[];
  const list = async (): Promise<Models> => (await (await fetch(sessions, { headers })).json()) as Models;
  while ((await list()).length === 0) await delay(20);
  const [{ path, kernel }] = await list();
  assert.deepEqual({ path, name: kernel.name }, { path: "nb.ipynb", name: "gradlab" });
  const body = JSON.stringify({ path, type: "notebook", name: path, kernel: { name: "gradlab" } });
  const asked = await fetch(sessions, { method: "POST", headers, body });
  assert.equal(((await asked.json()) as Models[number]).kernel.id, kernel.id);
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
});

test("the server and its kernels end with the npm that started them, whatever ended that, and npm with them", async (t) => {
  const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  assert.match(scripts["start"], /^tsc -b .*lab\/cli.* && node \S+gradlab\.js lab [^&|;]*$/);
  // npm would not run them: a clean clone would start what is not built
  assert.match(read(".npmrc"), /^ignore-scripts=true$/m);
  assert.deepEqual(
    Object.keys(scripts).filter((name) => /^(pre|post)./.test(name)),
    [],
  );
  const folder = folderFor(t);
  writeFileSync(join(folder, "nb.ipynb"), JSON.stringify(NOTEBOOK));
  const start = `"${process.execPath}" -e 0 && "${process.execPath}" "${MAIN}" lab . --port 0 --front-end . --open nb.ipynb`;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { start } }));
  const env = { ...process.env, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  for (const signal of ["SIGTERM", "SIGKILL", "shutdown"] as const) {
    const npm = spawn("npm", ["start"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    npm.stdout.on("data", (data: Buffer) => (said += data.toString()));
    while (!said.includes("Stop it with")) await delay(20);
    const url = new URL(/http\S+/.exec(said)![0]);
    const headers = { Authorization: `token ${url.searchParams.get("token")}` };
    const kernels = async (): Promise<object[]> =>
      (await (await fetch(new URL("/api/kernels", url), { headers })).json()) as object[];
    while ((await kernels()).length === 0) await delay(20);
    if (signal === "shutdown") await fetch(new URL("/api/shutdown", url), { method: "POST", headers });
    else npm.kill(signal);
    // the server holds this pipe: it closes with the last process that has it
    await new Promise((resolve) => npm.once("close", resolve));
    assert.match(said, /Ending the kernels/, signal);
    await assert.rejects(fetch(url), signal);
  }
});

test("a password in place of a token; a client may end the server", async (t) => {
  const { url, ended } = await lab(t, "--password", "--token", "fixed");
  assert.equal(url.searchParams.get("token"), "fixed");
  const body = new URLSearchParams({ password: "a password", _xsrf: "1" });
  const login = new URL("login", url);
  const answer = await fetch(login, {
    method: "POST",
    body,
    headers: { Cookie: "_xsrf=1" },
    redirect: "manual",
  });
  assert.equal(answer.status, 302);
  const headers = { Authorization: "token fixed" };
  assert.equal((await fetch(new URL("api/shutdown", url), { method: "POST", headers })).status, 200);
  assert.equal(await ended, 0);
});

test("wrong use of lab and convert: exit code 2 and a sentence", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "bad.ipynb"), "{");
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["lab", join(folder, "absent"), "--front-end", folder], /no such folder to show/],
    [["lab", folder, "--port", "x"], /--port x is not a whole number/],
    [["lab", folder, "--port", "70000"], /not a whole number up to 65535/],
    [
      ["lab", folder, "--front-end", folder, "--ip", "0.0.0.0", "--token", ""],
      /E_OPEN_SERVER .*loopback only/,
    ],
    [["lab", folder, "--front-end", folder, "--base-url", "/a b/"], /cannot be a base URL/],
    [["lab", "a", "b"], /Name one folder/],
    [["convert", join(folder, "bad.ipynb"), "--to", "html"], /not valid JSON/],
    [["convert", join(folder, "absent.ipynb"), "--to", "html"], /no such notebook/],
    [["convert", join(folder, "bad.ipynb"), "--to", "pdf"], /--to html or --to script/],
  ];
  for (const [argv, message] of cases) {
    const { ended, said } = gradlab(t, argv);
    assert.equal(await ended, 2, `${argv.join(" ")}: ${said()}`);
    assert.match(said(), message);
    assert.doesNotMatch(said(), /node:internal/);
  }
});

test("gradlab convert writes a page and a script beside the notebook", async (t) => {
  const folder = folderFor(t);
  const cells = [
    { cell_type: "code", metadata: {}, source: "const a = 1;", outputs: [], execution_count: null },
  ];
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells };
  writeFileSync(join(folder, "nb.ipynb"), JSON.stringify(notebook));
  for (const to of ["html", "script"]) {
    assert.equal(await gradlab(t, ["convert", join(folder, "nb.ipynb"), "--to", to]).ended, 0);
  }
  assert.equal(readFileSync(join(folder, "nb.ts"), "utf8"), "// %%\nconst a = 1;\n");
  assert.match(readFileSync(join(folder, "nb.html"), "utf8"), /const a = 1;/);
});

test("gradlab doctor looks at front end, ports, kernels and disk", async (t) => {
  const folder = folderFor(t);
  const { ended, said } = gradlab(t, ["doctor"], { JUPYTER_PATH: folder });
  await ended;
  for (const row of [
    /ok {4}front end +\S/,
    /ok {4}port +8888/,
    /ok {4}kernel ports/,
    /kernels +\S/,
    /disk +[\d.]+ GiB free/,
  ]) {
    assert.match(said(), row);
  }
});
