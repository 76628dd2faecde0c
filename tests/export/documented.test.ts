import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { scratch } from "../artifacts/scratch.js";
import { ROOT } from "../source-files.js";

const page = readFileSync(join(ROOT, "docs", "export.md"), "utf8");
const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);

/** The same code with packages by their place, so that it runs in a folder of its own. */
function placed(code: string): string | undefined {
  const resolve = createRequire(join(ROOT, "bench", "package.json")).resolve;
  try {
    return code.replace(/, type Tensor|: Tensor/g, "").replace(/from "([^"]+)"/g, (_, name: string) => {
      const path = name === "gradlab" ? join(ROOT, "sdk", "dist", "index.js") : resolve(name);
      return `from ${JSON.stringify(pathToFileURL(path).href)}`;
    });
  } catch {
    return undefined;
  }
}

test("the code in docs/export.md runs, one block after the other, and prints what it says", async (t) => {
  const folder = await scratch(t);
  mkdirSync(join(folder, "out"));
  const written: string[] = [];
  assert.equal(blocks.length, 4);
  for (const [i, code] of blocks.entries()) {
    const source = placed(code);
    if (source === undefined) {
      t.diagnostic("the block with @huggingface/transformers is left out: it is not installed in bench/");
      continue;
    }
    writeFileSync(join(folder, `block-${i}.mjs`), source);
    const out = execFileSync(process.execPath, [`block-${i}.mjs`], { cwd: folder, encoding: "utf8" });
    for (const [, claim] of code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)) {
      if (claim !== "what model.generate writes") assert.ok(out.includes(claim), `block ${i} prints ${out}`);
    }
    written.push(out.trim());
  }
  const [ours, theirs] = written.map((out) => out.split("\n").at(-1)?.trim());
  if (written.length === blocks.length) assert.equal(ours, theirs);
});
