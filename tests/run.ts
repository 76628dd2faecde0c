/**
 * Runs every test file: `node tests/dist/run.js [FOLDER…]`.
 *
 * Files that only compute run two at a time. Those that talk to kernels, servers and browsers run alone: they wait for
 * answers, and an answer is late where others take the processor.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, sep } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const ALONE: readonly string[] = ["browser", "kernel", "lab", "protocol", "serve"];
/** ms for one file. */
const TIMEOUT = 900_000;

const wanted = process.argv.slice(2);
const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.startsWith(part)))
  .sort();
const isAlone = (name: string): boolean => ALONE.includes(name.split(sep)[0]);
const groups = [
  {
    files: names.filter((name) => !isAlone(name)),
    concurrency: Math.max(1, Math.min(2, availableParallelism())),
  },
  { files: names.filter(isAlone), concurrency: 1 },
];

const totals = new Map<string, number>();
const count = (name: string): number => totals.get(name) ?? 0;
for (const { files, concurrency } of groups) if (files.length > 0) await runGroup(files, concurrency);
const failed = count("fail") + count("cancelled");
if (failed > 0 || count("pass") === 0) process.exitCode = 1;
console.log(`${count("skipped")} skipped\n${count("pass")} passed, ${failed} failed`);

async function runGroup(files: readonly string[], concurrency: number): Promise<void> {
  const events = run({ files: files.map((name) => join(folder, name)), concurrency, timeout: TIMEOUT });
  events.on("test:fail", () => (process.exitCode = 1));
  events.on("test:diagnostic", ({ message, nesting }) => {
    const [, name, value] = /^(pass|fail|cancelled|skipped) (\d+)$/.exec(message) ?? [];
    if (name !== undefined && nesting === 0) totals.set(name, count(name) + Number(value));
  });
  const report = new spec();
  report.on("data", (text: unknown) => process.stdout.write(String(text)));
  // Node's runner does not keep its own process alive for its last words.
  const alive = setInterval(() => {}, 60_000);
  const ended = once(report, "end");
  events.pipe(report);
  await ended;
  clearInterval(alive);
}
