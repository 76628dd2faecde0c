import { readFileSync } from "node:fs";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Page } from "./page.js";

// Load on one server, run by hand: node tests/dist/lab/server/load.js [kernels] [sockets] [MB of outputs in all] [waves].
// Then the number of equal waves. Prints what arrived, and the server's memory before, at its most, after each wave and at rest.

const [kernels = 20, sockets = 50, megabytes = 100, waves = 3] = process.argv.slice(2).map(Number);
/** ms between two waves: longer than the server keeps what a page may still ask for. */
const REST = 6000;
const folder = mkdtempSync(join(tmpdir(), "gradlab-load-"));
mkdirSync(join(folder, "root"));
const serve = fileURLToPath(new URL("children/serve.js", import.meta.url));
const child = spawn(process.execPath, [serve, folder], { stdio: ["ignore", "pipe", "ignore"] });
process.on("exit", () => child.kill("SIGKILL"));

const line = await new Promise<string>((resolve) =>
  child.stdout.once("data", (data: Buffer) => resolve(data.toString())),
);
const server = JSON.parse(line) as { address: string; token: string };
const headers = { Authorization: `token ${server.token}` };

/** MB of resident memory, now and at its most since the last reset. */
function memory(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)![1]) / 1024);
}

async function startKernel(): Promise<string> {
  const response = await fetch(`${server.address}api/kernels`, { method: "POST", headers, body: "{}" });
  return ((await response.json()) as { id: string }).id;
}

const started = performance.now();
const ids: string[] = [];
for (let i = 0; i < kernels; i++) ids.push(await startKernel());
const pages: Page[] = [];
for (let i = 0; i < sockets; i++) pages.push(await Page.open(server as never, ids[i % kernels]));
const firsts = pages.slice(0, kernels);
await Promise.all(firsts.map((page) => page.idle(page.execute("1", "warm"))));
console.log(
  `${kernels} kernels and ${sockets} sockets after ${Math.round((performance.now() - started) / 1000)} s`,
);
console.log(`server: ${memory("VmRSS")} MB before`);

const each = Math.ceil((megabytes * 1e6) / kernels);
const code = `{ const text = 'x'.repeat(99) + '\\n'; for (let i = 0; i < ${each / 100}; i++) { process.stdout.write(text); if (i % 500 === 0) await new Promise((r) => setTimeout(r, 1)); } }`;
for (let wave = 1; wave <= waves; wave++) {
  const begun = performance.now();
  const cells = firsts.map((page) => page.execute(code, `wave-${wave}`));
  await Promise.all(pages.map((page, i) => page.idle(cells[i % kernels])));
  const seconds = (performance.now() - begun) / 1000;
  const arrived = pages.map((page, i) => page.text(cells[i % kernels]).length);
  const complete = arrived.filter((size) => size === Math.ceil(each / 100) * 100).length;
  const total = arrived.reduce((sum, size) => sum + size, 0) / 1e6;
  console.log(
    `wave ${wave}: ${Math.round(total)} MB to ${sockets} sockets in ${seconds.toFixed(1)} s, complete at ${complete}; server: ${memory("VmRSS")} MB, at most ${memory("VmHWM")} MB`,
  );
  await delay(REST);
  console.log(`  at rest: ${memory("VmRSS")} MB`);
  for (const page of pages) page.received.length = 0;
}
child.kill("SIGTERM");
await new Promise((resolve) => child.once("exit", resolve));
rmSync(folder, { recursive: true, force: true });
process.exit(0);
