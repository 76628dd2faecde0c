import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { installKernelSpec, listKernelSpecs, removeKernelSpec, startKernel } from "gradlab-kernel";
import { main } from "gradlab-cli";
import { show } from "./kernel-fixture.js";

const OTHER = { argv: ["tslab", "kernel"], display_name: "TypeScript", language: "typescript" };

function prefixFor(t: TestContext): { prefix: string; other: (name: string) => string } {
  const prefix = mkdtempSync(join(tmpdir(), "gradlab-prefix-"));
  t.after(() => rmSync(prefix, { recursive: true }));
  const other = (name: string): string => {
    const folder = join(prefix, "share", "jupyter", "kernels", name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kernel.json"), JSON.stringify(OTHER));
    return folder;
  };
  return { prefix, other };
}

const read = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as Record<string, unknown>;

test("an alias takes over a kernel's notebooks; JavaScript ones stay JavaScript", async (t) => {
  const { prefix } = prefixFor(t);
  const folder = installKernelSpec({ prefix, alias: "jslab" });
  const spec = read(folder);
  assert.equal(spec["language"], "javascript");
  assert.deepEqual(
    listKernelSpecs({ prefix }).map(({ name, ours }) => [name, ours]),
    [["jslab", true]],
  );
  const kernel = await startKernel({ argv: spec["argv"] as string[] });
  t.after(() => kernel.shutdown());
  assert.equal((kernel.info["language_info"] as { name: string }).name, "javascript");
  const shown = await show(kernel, "let x = 1; x = 'untyped'; x");
  assert.deepEqual([shown.result, shown.stderr], ["'untyped'", ""]);
  assert.ok(removeKernelSpec({ prefix, alias: "jslab" }));
  assert.ok(!existsSync(folder));
  assert.throws(() => installKernelSpec({ prefix, alias: "python3" }), { code: "E_INSTALL" });
});

test("another's kernelspec is replaced only by force, and comes back when ours is removed", (t) => {
  const { prefix, other } = prefixFor(t);
  const folder = other("tslab");
  for (const options of [{ alias: "tslab" }, { name: "tslab" }]) {
    assert.throws(() => installKernelSpec({ prefix, ...options }), { code: "E_INSTALL", hint: /--force/ });
    assert.throws(() => removeKernelSpec({ prefix, ...options }), { code: "E_INSTALL" });
  }
  assert.deepEqual(read(folder), OTHER);
  for (let twice = 0; twice < 2; twice += 1) installKernelSpec({ prefix, alias: "tslab", force: true });
  assert.equal(read(folder)["display_name"], "TypeScript (gradlab for tslab)");
  assert.deepEqual(
    listKernelSpecs({ prefix }).map(({ name }) => name),
    ["tslab"],
    "what was replaced is not listed",
  );
  assert.ok(removeKernelSpec({ prefix, alias: "tslab" }));
  assert.deepEqual(read(folder), OTHER);
  assert.ok(removeKernelSpec({ prefix, alias: "tslab", force: true }));
  assert.ok(!existsSync(folder));
});

test("a kernelspec elsewhere on Jupyter's path is not shadowed without force", (t) => {
  const { prefix, other } = prefixFor(t);
  other("tslab");
  const home = mkdtempSync(join(tmpdir(), "gradlab-home-"));
  t.after(() => rmSync(home, { recursive: true }));
  const env = { HOME: home, JUPYTER_PATH: join(prefix, "share", "jupyter") };
  assert.throws(() => installKernelSpec({ env, alias: "tslab" }), { code: "E_INSTALL" });
  const folder = installKernelSpec({ env, alias: "tslab", force: true });
  assert.ok(folder.startsWith(home));
  assert.ok(removeKernelSpec({ env, alias: "tslab" }));
  assert.ok(!existsSync(folder));
});

test("the command installs and removes several aliases", async (t) => {
  const { prefix } = prefixFor(t);
  const names = (): string[] =>
    listKernelSpecs({ prefix })
      .map(({ name }) => name)
      .sort();
  const aliases = ["--alias", "tslab", "--alias", "jslab", "--prefix", prefix];
  assert.equal(await main(["kernel", "install", ...aliases]), 0);
  assert.deepEqual(names(), ["jslab", "tslab"]);
  assert.equal(await main(["kernel", "remove", ...aliases]), 0);
  assert.deepEqual(names(), []);
});
