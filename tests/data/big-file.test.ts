import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const MB = 1e6;
const run = promisify(execFile);
const child = fileURLToPath(new URL("./children/stream-file.js", import.meta.url));

/** Size of the file in MB. The whole 2000 MB take a minute or more. */
const size = Number(process.env.GRADLAB_BIG_FILE_MB ?? 200) * MB;
/** Less than the file, whatever its size; a bare process takes 45 MB of it. */
const LIMIT = size > 1000 * MB ? 300 * MB : 180 * MB;

/** Rows of about a kilobyte. */
function writeRows(path: string): number {
  const text = "All the rows of a corpus that no memory holds. ".repeat(20);
  const file = openSync(path, "w");
  let id = 0;
  for (let written = 0; written < size;) {
    const lines = Array.from({ length: 1000 }, () => `{"id":${id},"text":"${text}${id++}"}\n`);
    written += writeSync(file, lines.join(""));
  }
  closeSync(file);
  return id;
}

test(`a file of ${size / MB} MB goes through map, filter, shuffle and batch in less than ${LIMIT / MB} MB of memory`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-big-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "rows.jsonl");
  const count = writeRows(path);
  const started = performance.now();
  const { stdout } = await run(process.execPath, [child, path]);
  const seconds = (performance.now() - started) / 1000;
  const { rows, sum, moved, peak } = JSON.parse(stdout) as Record<"rows" | "sum" | "moved" | "peak", number>;
  const multiples = Math.ceil(count / 3);
  assert.equal(rows, count - multiples);
  assert.equal(sum, (count * (count - 1)) / 2 - (3 * multiples * (multiples - 1)) / 2);
  assert.ok(moved > rows / 3, "the rows are not shuffled");
  assert.ok(peak < LIMIT, `${(peak / MB).toFixed(0)} MB`);
  t.diagnostic(
    `${statSync(path).size / MB} MB, ${rows} rows in ${seconds.toFixed(1)} s, at most ${(peak / MB).toFixed(0)} MB of memory`,
  );
});
