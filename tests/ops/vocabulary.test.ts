import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../source-files.js";
import { functionRows, opRows, table, tablesOf } from "./vocabulary.js";

const PAGE = join(ROOT, "docs/ops.md");

/** With GRADLAB_WRITE_DOCS=1 the tables are written anew (then format them with prettier). */
function rewritten(markdown: string): string {
  const replace = (text: string, title: string, rows: string): string =>
    text.replace(
      new RegExp(`(^## ${title}\\n[^|]*)(\\|[^\\n]*(\\n|$))+`, "m"),
      (_, head: string) => `${head}${rows}\n`,
    );
  const ops = table(["Op", "Definition", "Gradient", "ONNX Runtime"], opRows());
  const functions = table(["Function", "What it gives", "Method"], functionRows());
  return replace(replace(markdown, "Ops", ops), "Functions", functions);
}

test("docs/ops.md lists every op and function as the code has them", () => {
  if (process.env.GRADLAB_WRITE_DOCS) writeFileSync(PAGE, rewritten(readFileSync(PAGE, "utf8")));
  const tables = tablesOf(readFileSync(PAGE, "utf8"));
  const hint =
    "run: GRADLAB_WRITE_DOCS=1 node --test tests/dist/ops/vocabulary.test.js && npx prettier --write docs/ops.md";
  assert.deepEqual(tables.get("Ops"), opRows(), hint);
  assert.deepEqual(tables.get("Functions"), functionRows(), hint);
  const undescribed = [...opRows(), ...functionRows()]
    .filter(([, text]) => text.length === 0)
    .map(([name]) => name);
  assert.deepEqual(undescribed, []);
});
