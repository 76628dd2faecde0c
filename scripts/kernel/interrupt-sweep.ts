// Interrupts a cell in every place it can be, again and again, and looks whether its variables stay:
//   npm run build && node scripts/dist/kernel/interrupt-sweep.js [--times 25] [--load 2] [--places word]
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type KernelClient, startKernel } from "gradlab-kernel";
import { PLACES, PRELUDE } from "./interrupt-places.js";

/** Cells that import the SDK need a folder from which it is found. */
const ROOT = resolve(import.meta.dirname, "..", "..", "..");
const JOB = 'import { Job } from "gradlab";';
const CHECK = "[kept.answer, await store.run(7, async () => { await null; return store.getStore() })].join()";

/** What became of the interrupts in one place. */
export interface PlaceResult {
  readonly place: string;
  readonly stopped: number;
  readonly times: readonly number[];
  readonly faults: readonly string[];
}

/** One place, `times` times, in one kernel: each interrupt must end the cell and leave the variables. */
export async function sweepPlace(place: string, times: number): Promise<PlaceResult> {
  const code = PLACES[place] ?? "";
  const kernel = await startKernel({ typeCheck: "off", cwd: ROOT });
  const faults: string[] = [];
  const taken: number[] = [];
  try {
    await prepare(kernel, code);
    for (let round = 0; round < times; round += 1) {
      const { fault, ms } = await interruptOnce(kernel, code);
      taken.push(ms);
      if (fault === undefined) continue;
      faults.push(`round ${round + 1}: ${fault}`);
      await prepare(kernel, code);
    }
  } finally {
    await kernel.shutdown();
  }
  return { place, stopped: times - faults.length, times: taken, faults };
}

async function prepare(kernel: KernelClient, code: string): Promise<void> {
  const reply = await kernel.execute(PRELUDE + (code.includes("Job") ? JOB : ""));
  if (reply.status !== "ok") throw new Error(reply.traceback?.join("\n"));
}

async function interruptOnce(kernel: KernelClient, code: string): Promise<{ fault?: string; ms: number }> {
  let said = "";
  let begun: () => void = () => {};
  const ready = new Promise<void>((done) => (begun = done));
  const running = kernel.execute(`console.log("begun");\n${code}`, {
    onOutput: ({ type, content }) => {
      const text = content["text"];
      if (type !== "stream" || typeof text !== "string") return;
      if (content["name"] === "stderr") said += text;
      if (text.includes("begun")) begun();
    },
  });
  await ready;
  await new Promise((done) => setTimeout(done, Math.random() * 60));
  const start = performance.now();
  await kernel.interrupt();
  const reply = await running;
  const ms = performance.now() - start;
  if (reply.ename !== "Interrupted" && reply.ename !== "E_CANCELLED") {
    return { fault: `${reply.ename}: ${reply.evalue} ${said}`, ms };
  }
  const left = await look(kernel, CHECK);
  return left === "'42,7'" ? { ms } : { fault: `variables: ${left} ${said}`, ms };
}

async function look(kernel: KernelClient, code: string): Promise<string> {
  let shown = "";
  const reply = await kernel.execute(code, {
    onOutput: ({ type, content }) => {
      if (type === "execute_result") shown = (content["data"] as Record<string, string>)["text/plain"] ?? "";
    },
  });
  return reply.status === "ok" ? shown : `${reply.ename}: ${reply.evalue}`;
}

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

async function main(): Promise<void> {
  const times = Number(option("times", "25"));
  const load = Array.from({ length: Number(option("load", "0")) }, () =>
    spawn(process.execPath, ["-e", "for (;;) {}"], { stdio: "ignore" }),
  );
  const places = Object.keys(PLACES).filter((place) => place.includes(option("places", "")));
  let stopped = 0;
  try {
    for (const place of places) {
      const result = await sweepPlace(place, times);
      stopped += result.stopped;
      const sorted = [...result.times].sort((a, b) => a - b).map((ms) => ms.toFixed(0));
      const [median, longest] = [sorted[sorted.length >> 1], sorted.at(-1)];
      console.log(`${place}: ${result.stopped} of ${times}, median ${median} ms, longest ${longest} ms`);
      for (const fault of result.faults) console.log(`  ${fault}`);
    }
  } finally {
    for (const child of load) child.kill();
  }
  console.log(`${stopped} of ${places.length * times} in ${places.length} places`);
  process.exitCode = stopped === places.length * times ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
