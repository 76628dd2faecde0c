import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { installKernelSpec } from "gradlab-kernel";

/** Debian's Python, where its Jupyter packages are. */
const PYTHON = "/usr/bin/python3";

function has(module: string): boolean {
  return spawnSync(PYTHON, ["-c", `import ${module}`]).status === 0;
}

function run(t: TestContext, script: string): { status: number | null; output: string } {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-jupyter-"));
  t.after(() => rmSync(folder, { recursive: true }));
  installKernelSpec({ prefix: folder });
  const env = {
    ...process.env,
    JUPYTER_PATH: join(folder, "share", "jupyter"),
    JUPYTER_RUNTIME_DIR: join(folder, "run"),
  };
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", script], { env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

const DRIVE = `
import jupyter_client, threading, time, atexit
manager, client = jupyter_client.manager.start_new_kernel(kernel_name="gradlab")
atexit.register(lambda: manager.has_kernel and manager.shutdown_kernel(now=True))
def result(code):
    found = []
    def hook(message):
        if message["msg_type"] in ("execute_result", "stream", "error"): found.append(message["content"])
    reply = client.execute_interactive(code, output_hook=hook, timeout=30)
    return reply["content"], found
reply, found = result("const a: number = 20; a + 1")
assert reply["status"] == "ok" and found[0]["data"]["text/plain"] == "21", found
reply, found = result("for (let i = 0; i < 1000; i++) console.log(i)")
assert "".join(part["text"] for part in found) == "".join("%d\\n" % i for i in range(1000))
threading.Timer(0.5, manager.interrupt_kernel).start()
reply, found = result("while (true) {}")
assert reply["ename"] == "Interrupted", reply
reply, found = result("a")
assert found[0]["data"]["text/plain"] == "20"
assert client.hb_channel.is_beating()
manager.restart_kernel()
client.wait_for_ready(timeout=30)
reply, found = result("typeof (globalThis as any).a")
assert found[0]["data"]["text/plain"] == "'undefined'", found
manager.shutdown_kernel()
assert not manager.is_alive()
print("driven")
`;

test("Debian's jupyter_client drives the kernel", (t) => {
  if (!has("jupyter_client")) return t.skip("python3-jupyter-client is not installed");
  const { status, output } = run(t, DRIVE);
  assert.equal(status, 0, output);
  assert.match(output, /driven/);
});

const SUITE = `
import unittest, jupyter_kernel_test
class Tests(jupyter_kernel_test.KernelTests):
    kernel_name = "gradlab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [{"text": "Math.ma", "matches": {"max"}}, {"text": "[1,2].flatM", "matches": {"flatMap"}}]
    complete_code_samples = ["1", "const a: number = 1", "function f() {\\n}"]
    incomplete_code_samples = ["function f() {", "\`abc"]
    invalid_code_samples = ["const = 1", "import ="]
    code_generate_error = "throw new Error('x')"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "'a' + 1", "result": "'a1'"}, {"code": "[1, 2]", "result": "[ 1, 2 ]"}]
    code_display_data = [{"code": "Jupyter.displayBundle({'image/svg+xml': '<svg/>'})", "mime": "image/svg+xml"}]
    code_history_pattern = "*a*1*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "Jupyter.clearOutput()"
unittest.main(argv=["suite", "-v"])
`;

test("Debian's jupyter_kernel_test passes in full", (t) => {
  if (!has("jupyter_kernel_test")) return t.skip("python3-jupyter-kernel-test is not installed");
  const { status, output } = run(t, SUITE);
  t.diagnostic(
    output
      .split("\n")
      .filter((line) => /\.\.\. |^Ran|^OK|^FAILED/.test(line))
      .join("\n"),
  );
  assert.equal(status, 0, output);
});
