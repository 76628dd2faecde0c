import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { installKernelSpec } from "gradlab-kernel";
import { ROOT } from "../source-files.js";

/** Debian's Python, where its Jupyter packages are. */
const PYTHON = "/usr/bin/python3";
const SCRIPTS = join(ROOT, "tests", "kernel", "jupyter");

/** Skips the test where Debian's package is missing. */
function lacks(t: TestContext, module: string): boolean {
  if (spawnSync(PYTHON, ["-c", `import ${module}`]).status === 0) return false;
  t.skip(`Debian's python3-${module.replaceAll("_", "-")} is not installed`);
  return true;
}

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly output: string;
}

/** Runs Python with a Jupyter of its own that knows one kernelspec: ours. */
async function python(t: TestContext, args: readonly string[]): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-jupyter-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const env = {
    ...process.env,
    JUPYTER_DATA_DIR: join(folder, "data"),
    JUPYTER_CONFIG_DIR: join(folder, "config"),
    JUPYTER_RUNTIME_DIR: join(folder, "run"),
    GRADLAB_HISTORY: join(folder, "history"),
  };
  installKernelSpec({ env });
  const child = spawn(PYTHON, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, stdout, output };
}

test("Debian's jupyter_client drives the kernel", async (t) => {
  if (lacks(t, "jupyter_client")) return;
  const { status, output } = await python(t, [join(SCRIPTS, "drive.py")]);
  assert.equal(status, 0, output);
  assert.match(output, /driven/);
});

test("Debian's jupyter_kernel_test passes, all twelve of its tests", async (t) => {
  if (lacks(t, "jupyter_kernel_test")) return;
  const { status, output } = await python(t, [join(SCRIPTS, "kernel_test.py")]);
  assert.equal(status, 0, output);
  assert.match(output, /^Ran 12 tests/m);
  assert.equal(output.match(/\.\.\. ok$/gm)?.length, 12, output);
  assert.doesNotMatch(output, /skipped/);
});

type Outputs = readonly (readonly Record<string, unknown>[])[];

test("nbclient runs a notebook with every kind of output", async (t) => {
  if (lacks(t, "nbclient")) return;
  const notebook = join(SCRIPTS, "outputs.ipynb");
  const { status, stdout, output } = await python(t, [join(SCRIPTS, "run_notebook.py"), notebook, ROOT]);
  assert.equal(status, 0, output);
  const [first, lines, display, cleared, failed, table] = JSON.parse(stdout) as Outputs;
  const types = first.map(({ output_type, name, text }) => [output_type, name, text]);
  assert.deepEqual(types.slice(0, 2), [
    ["stream", "stdout", "out 42\n"],
    ["stream", "stderr", "err\n"],
  ]);
  assert.deepEqual(first[2]?.["data"], { "text/plain": "42" });
  const printed = lines.map(({ text }) => text).join("");
  assert.equal(printed, Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
  const [changed, svg] = display.map(({ data }) => data as Record<string, string>);
  assert.equal(changed["text/markdown"], "**second**");
  assert.equal(svg["image/svg+xml"], "<svg/>");
  assert.deepEqual(
    cleared.map(({ text }) => text),
    ["stays\n"],
  );
  assert.deepEqual([failed[0]?.["ename"], failed[0]?.["evalue"]], ["RangeError", "on purpose"]);
  assert.ok("text/html" in (table[0]["data"] as object));
});

test("nbconvert runs and converts a notebook", async (t) => {
  if (lacks(t, "nbconvert")) return;
  const folder = mkdtempSync(join(tmpdir(), "gradlab-nbconvert-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const args = ["-m", "nbconvert", "--execute", "--to", "html", "--output-dir", folder];
  const { status, output } = await python(t, [...args, join(SCRIPTS, "outputs.ipynb")]);
  assert.equal(status, 0, output);
  const html = readFileSync(join(folder, "outputs.html"), "utf8");
  for (const part of ["out 42", "4999", "<svg", "RangeError", "on purpose"])
    assert.ok(html.includes(part), part);
  const script = await python(t, [
    "-m",
    "nbconvert",
    "--to",
    "script",
    "--output-dir",
    folder,
    join(SCRIPTS, "outputs.ipynb"),
  ]);
  assert.equal(script.status, 0, script.output);
  assert.ok(existsSync(join(folder, "outputs.txt")) || existsSync(join(folder, "outputs.ts")), script.output);
});

test("nbclient runs the first tutorial through the installed kernelspec", async (t) => {
  if (lacks(t, "nbclient")) return;
  const folder = join(ROOT, "tutorials");
  const notebook = join(folder, "00-quickstart.ipynb");
  const { status, stdout, output } = await python(t, [join(SCRIPTS, "run_notebook.py"), notebook, folder]);
  assert.equal(status, 0, output);
  const outputs = JSON.parse(stdout) as Outputs;
  assert.ok(outputs.flat().length > 5);
  assert.ok(outputs.flat().every(({ output_type }) => output_type !== "error"));
});
