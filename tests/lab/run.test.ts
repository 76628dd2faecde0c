import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const MAIN = join(dirname(fileURLToPath(import.meta.resolve("gradlab-cli"))), "main.js");

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Written {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: {
    id: string;
    cell_type: string;
    execution_count: number | null;
    source: string[];
    outputs: Record<string, unknown>[];
  }[];
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-run-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function notebook(path: string, cells: readonly string[], more: object = {}): void {
  const json = cells.map((source, i) =>
    source.startsWith("# ")
      ? { id: `m${i}`, cell_type: "markdown", metadata: {}, source }
      : { id: `c${i}`, cell_type: "code", metadata: {}, source, outputs: [], execution_count: null },
  );
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: json, ...more }));
}

const read = (path: string): Written => JSON.parse(readFileSync(path, "utf8")) as Written;

function gradlab(
  parameters: readonly string[],
  started?: (pid: number, stdout: () => string) => void,
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MAIN, ...parameters], { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.once("close", (code) => resolve({ code, stdout, stderr }));
    started?.(child.pid ?? 0, () => stdout);
  });
}

/** Processes whose working directory is `folder`: a kernel's cells run there. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "utf8").includes(`GRADLAB_TEST=${folder}`)
      );
    } catch {
      return false;
    }
  });
}

test("a notebook runs in its folder and is written with its outputs", async (t) => {
  const folder = folderFor(t);
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub", "data.txt"), "from the notebook's folder");
  const path = join(folder, "sub", "nb.ipynb");
  notebook(path, [
    "# Title of it",
    "import { readFileSync } from 'node:fs';\nconsole.log(readFileSync('data.txt', 'utf8'));",
    "Jupyter.displayBundle({ 'text/plain': 'start', 'text/html': '<b>\\n</b>' }, { displayId: 'p' });\nfor (let i = 1; i <= 3; i++) Jupyter.displayBundle({ 'text/plain': `step ${i}` }, { displayId: 'p', update: true });",
    "console.log('one'); console.log('two'); console.error('three'); 40 + 2",
    "",
    "console.log('gone'); Jupyter.clearOutput(); console.log('stays')",
  ]);
  const { code, stdout, stderr } = await gradlab(["run", path]);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /Title of it\n\[1\/5\] import \{ readFileSync[^]*from the notebook's folder[^]*step 3\n[^]*one\ntwo\n[^]*42/,
  );
  const written = read(join(folder, "sub", "nb.out.ipynb"));
  assert.deepEqual([written.nbformat, written.nbformat_minor], [4, 5]);
  assert.deepEqual(
    written.cells.map((cell) => cell.id),
    ["m0", "c1", "c2", "c3", "c4", "c5"],
  );
  assert.deepEqual(
    written.cells.map((cell) => cell.execution_count ?? null),
    [null, 1, 2, 3, null, 4],
  );
  const [, first, second, third, , last] = written.cells.map((cell) => cell.outputs);
  assert.deepEqual(first, [
    { output_type: "stream", name: "stdout", text: ["from the notebook's folder\n"] },
  ]);
  assert.deepEqual(second, [
    { output_type: "display_data", data: { "text/plain": ["step 3"] }, metadata: {} },
  ]);
  assert.deepEqual(third, [
    { output_type: "stream", name: "stdout", text: ["one\n", "two\n"] },
    { output_type: "stream", name: "stderr", text: ["three\n"] },
    { output_type: "execute_result", data: { "text/plain": ["42"] }, metadata: {}, execution_count: 3 },
  ]);
  assert.deepEqual(last, [{ output_type: "stream", name: "stdout", text: ["stays\n"] }]);
  assert.equal((written.metadata["kernelspec"] as Record<string, unknown>)["name"], "gradlab");
  assert.deepEqual(readdirSync(join(folder, "sub")).sort(), ["data.txt", "nb.ipynb", "nb.out.ipynb"]);
});

test("a failing cell: exit code 1, its traceback, the partial notebook", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  notebook(path, ["1", "const a = 1;\nthrow new RangeError('too far');", "console.log('not reached')"]);
  const { code, stdout, stderr } = await gradlab(["run", path, "--output", join(folder, "new", "o.ipynb")]);
  assert.equal(code, 1);
  assert.match(stderr, /RangeError: too far[^]*> 2 \| throw new RangeError[^]*Cell 2\/3 failed\./);
  assert.doesNotMatch(stdout, /not reached/);
  const written = read(join(folder, "new", "o.ipynb"));
  assert.equal(written.cells[1]?.outputs[0]?.["ename"], "RangeError");
  assert.deepEqual(written.cells[2]?.outputs, []);
});

test("--allow-errors goes on; a cell tagged raises-exception may fail", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  notebook(path, ["throw new Error('x')", "console.log('reached')"]);
  assert.equal((await gradlab(["run", path, "--allow-errors"])).code, 0);
  const json = read(path);
  Object.assign(json.cells[0] ?? {}, { metadata: { tags: ["raises-exception"] } });
  writeFileSync(path, JSON.stringify(json));
  const { code, stdout } = await gradlab(["run", path]);
  assert.equal(code, 0);
  assert.match(stdout, /reached/);
});

test("parameters are injected behind the cell tagged so", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  notebook(path, ["const epochs = 1;\nconst name = 'a';", "console.log(epochs + 1, name)"]);
  const json = read(path);
  Object.assign(json.cells[0] ?? {}, { metadata: { tags: ["parameters"] } });
  writeFileSync(path, JSON.stringify(json));
  const { stdout } = await gradlab(["run", path, "--parameters", "epochs=5", "-p", "name=b c"]);
  assert.match(stdout, /6 b c/);
  assert.equal(read(join(folder, "nb.out.ipynb")).cells.length, 3);
});

test("a cell over its time: exit code 124, written, nothing left behind", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  notebook(path, ["console.log('started'); while (true) {}"]);
  process.env["GRADLAB_TEST"] = folder;
  const { code, stderr } = await gradlab(["run", path, "--timeout", "0.5"]);
  delete process.env["GRADLAB_TEST"];
  assert.equal(code, 124);
  assert.match(stderr, /longer than 0\.5 s/);
  const outputs = read(join(folder, "nb.out.ipynb")).cells[0]?.outputs ?? [];
  assert.deepEqual(
    outputs.map((output) => output["ename"] ?? output["name"]),
    ["stdout", "Interrupted", "Timeout"],
  );
  assert.deepEqual(processesIn(folder), []);
});

test("Ctrl-C: exit code 130, written, nothing left behind", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  notebook(path, ["console.log('started'); await new Promise(() => {})", "1"]);
  process.env["GRADLAB_TEST"] = folder;
  const { code } = await gradlab(["run", path], (pid, stdout) => {
    const wait = setInterval(() => {
      if (!/^started$/m.test(stdout())) return;
      clearInterval(wait);
      process.kill(pid, "SIGINT");
    }, 20);
  });
  delete process.env["GRADLAB_TEST"];
  assert.equal(code, 130);
  assert.equal(read(join(folder, "nb.out.ipynb")).cells[0]?.outputs[0]?.["name"], "stdout");
  assert.deepEqual(processesIn(folder), []);
});

test("a cell that exits with a code fails", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  notebook(path, ["process.exit(7)"]);
  const { code, stderr } = await gradlab(["run", path]);
  assert.equal(code, 1);
  assert.match(stderr, /process\.exit\(7\) ended the cell/);
});

test("old notebooks without ids get valid ones", async (t) => {
  const folder = folderFor(t);
  const path = join(folder, "nb.ipynb");
  const cell = {
    cell_type: "code",
    metadata: {},
    source: ["const a = 1;\n", "a"],
    outputs: [],
    execution_count: null,
  };
  writeFileSync(
    path,
    JSON.stringify({
      nbformat: 4,
      nbformat_minor: 2,
      metadata: {},
      cells: [cell, { ...cell, id: "bad id" }],
    }),
  );
  assert.equal((await gradlab(["run", path])).code, 0);
  const written = read(join(folder, "nb.out.ipynb"));
  assert.equal(new Set(written.cells.map((one) => one.id)).size, 2);
  for (const one of written.cells) assert.match(one.id, /^[A-Za-z0-9_-]{1,64}$/);
});

test("wrong use and unreadable files: exit code 2, a sentence, no output file", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "bad.ipynb"), "{ not json");
  writeFileSync(join(folder, "v3.ipynb"), JSON.stringify({ nbformat: 3, worksheets: [], cells: [] }));
  writeFileSync(join(folder, "list.ipynb"), "[]");
  const cases: [string[], RegExp][] = [
    [["run", join(folder, "missing.ipynb")], /no such notebook/],
    [["run", join(folder, "bad.ipynb")], /not valid JSON/],
    [["run", join(folder, "v3.ipynb")], /nbformat is 3/],
    [["run", join(folder, "list.ipynb")], /not a JSON object/],
    [["run"], /Name one notebook/],
    [["run", "a.ipynb", "--timeout", "soon"], /not a number/],
    [["run", "a.ipynb", "--parameters", "1x=2"], /not a parameter/],
    [["run", "--unknown"], /Unknown option/],
    [["dance"], /no command "dance"/],
    [["kernel", "paint"], /kernel install/],
  ];
  for (const [parameters, expected] of cases) {
    const { code, stderr } = await gradlab(parameters);
    assert.equal(code, 2, parameters.join(" "));
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr, /node:internal/);
  }
  assert.deepEqual(readdirSync(folder).sort(), ["bad.ipynb", "list.ipynb", "v3.ipynb"]);
});

test("help, version, doctor, kernel install, list and remove", async (t) => {
  const folder = folderFor(t);
  assert.match((await gradlab(["--help"])).stdout, /gradlab run NOTEBOOK/);
  assert.match((await gradlab(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  const doctor = await gradlab(["doctor"]);
  assert.equal(doctor.code, 0, doctor.stdout);
  assert.match(doctor.stdout, /ok {4}zeromq[^]*ok {4}kernel +answers after \d+ ms[^]*ok {4}device cpu +\S/);
  assert.equal((await gradlab(["kernel", "install", "--prefix", folder])).code, 0);
  assert.ok(existsSync(join(folder, "share", "jupyter", "kernels", "gradlab", "kernel.json")));
  assert.match(
    (await gradlab(["kernel", "list", "--prefix", folder])).stdout,
    /^gradlab\tTypeScript \(gradlab\)\t/,
  );
  assert.equal((await gradlab(["kernel", "remove", "--prefix", folder])).code, 0);
  assert.equal((await gradlab(["kernel", "remove", "--prefix", folder])).code, 1);
});
