import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessCost {
  readonly wallMs: number;
  /** Highest sum of resident sets over the process and its descendants, sampled every 50 ms (Linux). */
  readonly peakRssMb: number;
  readonly code: number | null;
  readonly stderr: string;
}

function parents(): Map<number, { parent: number; rssPages: number }> {
  const found = new Map<number, { parent: number; rssPages: number }>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.set(Number(entry), { parent: Number(fields[1]), rssPages: Number(fields[21]) });
    } catch {
      continue; // it ended while we read
    }
  }
  return found;
}

function treeRssMb(root: number): number {
  const all = parents();
  let pages = 0;
  for (const [pid, { rssPages }] of all) {
    let at: number | undefined = pid;
    while (at !== undefined && at > 1 && at !== root) at = all.get(at)?.parent;
    if (at === root) pages += rssPages;
  }
  return (pages * 4096) / 2 ** 20;
}

/** Runs a command to its end, watching the memory of its whole process tree. */
export function runToEnd(
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessCost> {
  const [file = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let [peak, stderr] = [0, ""];
    child.stderr.on("data", (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
    const timer = setInterval(() => {
      if (process.platform === "linux" && child.pid) peak = Math.max(peak, treeRssMb(child.pid));
    }, 50);
    child.on("error", (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.on("close", (code) => {
      clearInterval(timer);
      resolve({ wallMs: performance.now() - started, peakRssMb: peak, code, stderr });
    });
  });
}
