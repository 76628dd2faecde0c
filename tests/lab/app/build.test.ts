import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../source-files.js";

/** The build program in a copy of lab/app of its own, without packages. */
function copyApp(t: TestContext, ...parts: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-app-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const part of ["build/dist", ...parts]) {
    cpSync(join(ROOT, "lab", "app", part), join(folder, part), { recursive: true });
  }
  return folder;
}

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

function build(
  app: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [join(app, "build", "dist", "main.js"), ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (data: Buffer) => (text += data.toString("utf8")));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, text })));
}

const SOURCES = [
  "src",
  "schemas",
  "branding",
  "overrides.json",
  "package.json",
  "package-lock.json",
  ".npmrc",
];

test("without a network the build says so in one sentence, and leaves nothing that counts as built", async (t) => {
  const app = copyApp(t, ...SOURCES);
  const offline = {
    // Nobody listens on the discard port.
    npm_config_registry: "http://127.0.0.1:9/",
    npm_config_cache: join(app, "npm-cache"),
    npm_config_fetch_retries: "0",
  };
  const { code, text } = await build(app, [], offline);
  assert.equal(code, 1);
  assert.match(text, /E_NETWORK npm could not fetch the front end's packages\.\n {2}hint: Connect once/);
  assert.doesNotMatch(text, /\n {4}at /);
  assert.equal(existsSync(join(app, "dist")), false);
  assert.equal(existsSync(join(app, ".cache", "lock")), false);
  assert.equal((await build(app, ["--check"])).code, 3);
});

test("a package that ships dist/ without sources has nothing to build", async (t) => {
  const app = copyApp(t);
  mkdirSync(join(app, "dist"));
  writeFileSync(join(app, "dist", "build.json"), '{ "format": 1 }');
  assert.equal((await build(app, ["--check"])).code, 0);
  assert.deepEqual(await build(app), { code: 0, text: "" });
});

test("a change of a source asks for a new build", async (t) => {
  const app = copyApp(t, ...SOURCES);
  const url = pathToFileURL(join(app, "build", "dist", "hash-inputs.js")).href;
  const { hashInputs } = (await import(url)) as { hashInputs: () => string };
  mkdirSync(join(app, "dist"));
  writeFileSync(join(app, "dist", "build.json"), JSON.stringify({ inputs: hashInputs() }));
  assert.equal((await build(app, ["--check"])).code, 0);
  writeFileSync(join(app, "src", "new.ts"), "");
  assert.equal((await build(app, ["--check"])).code, 3);
});

test("one build at a time; the lock of a killed one is taken over", async (t) => {
  const app = copyApp(t);
  const url = pathToFileURL(join(app, "build", "dist", "lock.js")).href;
  const { lockBuild } = (await import(url)) as {
    lockBuild: (onWait: (owner: number) => void, patience?: number) => Promise<() => void>;
  };
  const waited: number[] = [];
  const unlock = await lockBuild((owner) => waited.push(owner));
  let second = false;
  const other = lockBuild((owner) => waited.push(owner)).then((release) => {
    second = true;
    release();
  });
  await assert.rejects(
    lockBuild(() => {}, 300),
    /E_LOCKED/,
  );
  assert.equal(second, false);
  unlock();
  await other;
  assert.deepEqual(waited, [process.pid]);

  const dead = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => dead.on("close", resolve));
  writeFileSync(join(app, ".cache", "lock"), String(dead.pid));
  (await lockBuild(() => assert.fail("nobody builds")))();
});
