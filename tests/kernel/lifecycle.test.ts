import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  installKernelSpec,
  KernelError,
  listKernelSpecs,
  removeKernelSpec,
  startKernel,
} from "gradlab-kernel";
import { allGone, isAlive, kernelFor, processTree, show, value } from "./kernel-fixture.js";

test("shutdown ends every process and removes the connection file", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await kernel.request("complete_request", { code: "Arr", cursor_pos: 3 });
  await value(kernel, 'import { spawn } from "node:child_process"; spawn("sleep", ["1000"]).pid');
  const pids = processTree(kernel.pid ?? 0);
  assert.ok(pids.length >= 4, `kernel, cells, language server, sleep: ${pids.length}`);
  const folder = dirname(kernel.connectionFile);
  await kernel.shutdown();
  await allGone(pids);
  assert.equal(existsSync(folder), false);
});

test("shutdown while a cell spins", async (t) => {
  const kernel = await kernelFor(t);
  const pids = processTree(kernel.pid ?? 0);
  const running = show(kernel, "while (true) {}").catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 60));
  await kernel.shutdown();
  await running;
  await allGone(pids);
});

test("restart: a new process without the variables", async (t) => {
  const kernel = await kernelFor(t);
  await value(kernel, "const kept = 1");
  const before = kernel.pid;
  await kernel.restart();
  assert.notEqual(kernel.pid, before);
  assert.equal(await value(kernel, "typeof kept"), "'undefined'");
});

test("a killed kernel leaves no process and rejects what waits", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await kernel.request("complete_request", { code: "Arr", cursor_pos: 3 });
  const pids = processTree(kernel.pid ?? 0);
  const running = kernel.execute("while (true) {}");
  running.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 60));
  process.kill(kernel.pid ?? 0, "SIGKILL");
  await assert.rejects(
    running,
    (error: unknown) => error instanceof KernelError && error.code === "E_KERNEL_GONE",
  );
  await allGone(pids);
});

test("SIGTERM ends every process, also while a cell spins", async (t) => {
  const kernel = await kernelFor(t, { typeCheck: "warn" });
  await kernel.request("complete_request", { code: "Arr", cursor_pos: 3 });
  await value(kernel, 'import { spawn } from "node:child_process"; spawn("sleep", ["1000"]).pid');
  const pids = processTree(kernel.pid ?? 0);
  const running = kernel.execute("for (;;) {}");
  running.catch(() => {});
  process.kill(kernel.pid ?? 0, "SIGTERM");
  await assert.rejects(running, KernelError);
  await allGone(pids);
});

test("a client that dies takes its kernel along", async () => {
  const script = `import { startKernel } from "gradlab-kernel"; const k = await startKernel(); console.log(k.pid); k.execute("for (;;) {}").catch(() => {}); await new Promise(() => {});`;
  const client = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(client.stdout, "data")) as [Buffer];
  const pids = processTree(Number(line.toString()));
  assert.ok(pids.every(isAlive));
  client.kill("SIGKILL");
  await allGone(pids);
});

test("a kernel of Jupyter's ends with it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const script = `import { spawn } from "node:child_process"; import { installKernelSpec, writeConnectionFile } from "gradlab-kernel"; import { readFileSync } from "node:fs"; import { join } from "node:path";
    const folder = process.env.FOLDER; const file = join(folder, "c.json");
    writeConnectionFile(file, { transport: "ipc", ip: join(folder, "k"), key: "k", signature_scheme: "hmac-sha256", shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 });
    const { argv } = JSON.parse(readFileSync(join(installKernelSpec({ prefix: folder }), "kernel.json"), "utf8"));
    const kernel = spawn(argv[0], [argv[1], "--connection-file", file], { stdio: "ignore", detached: true, env: { ...process.env, JPY_PARENT_PID: String(process.pid) } });
    setTimeout(() => console.log(kernel.pid), 500); await new Promise(() => {});`;
  const jupyter = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, FOLDER: folder },
  });
  const [line] = (await once(jupyter.stdout, "data")) as [Buffer];
  const pids = processTree(Number(line.toString()));
  assert.ok(pids.every(isAlive));
  jupyter.kill("SIGKILL");
  await allGone(pids);
});

test("tcp works as ipc does", async (t) => {
  const kernel = await kernelFor(t, { transport: "tcp" });
  assert.equal(await value(kernel, "1 + 1"), "2");
  await kernel.beat();
});

test("a program that is no kernel is given up with a reason", async () => {
  await assert.rejects(
    startKernel({ argv: [process.execPath, "-e", "console.error('no kernel here'); process.exit(4)"] }),
    (error: unknown) => error instanceof KernelError && /no kernel here|ended before/.test(error.message),
  );
});

test("kernelspec: install, list, remove, in every kind of place", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const places = [
    {
      options: { env: { JUPYTER_DATA_DIR: join(folder, "data") } },
      at: join(folder, "data", "kernels", "gradlab"),
    },
    {
      options: { prefix: join(folder, "p") },
      at: join(folder, "p", "share", "jupyter", "kernels", "gradlab"),
    },
    {
      options: { sysPrefix: true, env: { VIRTUAL_ENV: join(folder, "venv") } },
      at: join(folder, "venv", "share", "jupyter", "kernels", "gradlab"),
    },
  ];
  for (const { options, at } of places) {
    assert.equal(installKernelSpec(options), at);
    assert.equal(installKernelSpec(options), at, "again, over the old one");
    const spec = JSON.parse(readFileSync(join(at, "kernel.json"), "utf8")) as Record<string, unknown>;
    assert.equal(spec["display_name"], "TypeScript (gradlab)");
    assert.equal(spec["language"], "typescript");
    assert.equal(spec["interrupt_mode"], "message");
    const argv = spec["argv"] as string[];
    assert.ok(existsSync(argv[1] ?? ""));
    assert.deepEqual(argv.slice(-2), ["--connection-file", "{connection_file}"]);
    assert.match(readFileSync(join(at, "logo-svg.svg"), "utf8"), /^<svg/);
    assert.ok(listKernelSpecs(options).some((found) => found.folder === at));
    assert.equal(removeKernelSpec(options), true);
    assert.equal(removeKernelSpec(options), false);
  }
  assert.throws(() => installKernelSpec({ prefix: folder, name: "../x" }), KernelError);
});

test("an installed kernelspec starts a kernel", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = installKernelSpec({ prefix: folder });
  const { argv } = JSON.parse(readFileSync(join(at, "kernel.json"), "utf8")) as { argv: string[] };
  const kernel = await kernelFor(t, { argv });
  assert.equal(await value(kernel, "6 * 7"), "42");
});

test("input: asked, answered, refused", async (t) => {
  const kernel = await kernelFor(t);
  const asked: unknown[] = [];
  const { result, stdout } = await show(kernel, "console.log('before'); const name = prompt('Who?'); name", {
    onInput: (prompt, password) => {
      asked.push([prompt, password]);
      return "Ada 🙂";
    },
  });
  assert.deepEqual(asked, [["Who?", false]]);
  assert.equal(result, "'Ada 🙂'");
  assert.equal(stdout, "before\n");
  const refused = await show(kernel, "prompt('Who?')");
  assert.equal(refused.reply.status, "error");
  assert.match(refused.reply.evalue ?? "", /allow_stdin/);
});
