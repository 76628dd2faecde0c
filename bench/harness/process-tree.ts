import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessCost {
  readonly wallMs: number;
  /** Highest sum of resident sets over the process and its descendants, sampled every 50 ms (Linux). */
  readonly peakRssMb: number;
  readonly code: number | null;
  readonly stderr: string;
}

interface Entry {
  readonly parent: number;
  readonly rssPages: number;
  /** user + sys, in hundredths of a second. */
  readonly ticks: number;
}

function parents(): Map<number, Entry> {
  const found = new Map<number, Entry>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      found.set(Number(entry), {
        parent: Number(fields[1]),
        rssPages: Number(fields[21]),
        ticks: Number(fields[11]) + Number(fields[12]),
      });
    } catch {
      continue; // it ended while we read
    }
  }
  return found;
}

export interface TreeUsage {
  /** Sum of the resident sets, MiB. */
  readonly rssMb: number;
  /** user + sys of the processes that live. */
  readonly cpuMs: number;
  readonly processes: number;
}

/** What a process and its descendants use now (Linux; zeros elsewhere). */
export function treeUsage(root: number): TreeUsage {
  if (process.platform !== "linux") return { rssMb: 0, cpuMs: 0, processes: 0 };
  const all = parents();
  let [pages, ticks, processes] = [0, 0, 0];
  for (const [pid, entry] of all) {
    let at: number | undefined = pid;
    while (at !== undefined && at > 1 && at !== root) at = all.get(at)?.parent;
    if (at !== root) continue;
    pages += entry.rssPages;
    ticks += entry.ticks;
    processes += 1;
  }
  return { rssMb: (pages * 4096) / 2 ** 20, cpuMs: ticks * 10, processes };
}

export interface TreeMemory {
  readonly rssMb: number;
  /** Pages that several processes share are divided among them. */
  readonly pssMb: number;
  readonly processes: number;
}

/** The memory of a process and its descendants, shared pages counted once in `pssMb` (Linux; zeros elsewhere). */
export function treeMemory(root: number): TreeMemory {
  let [rss, pss, processes] = [0, 0, 0];
  for (const pid of process.platform === "linux" ? pidsBelow(root) : []) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      const kib = (field: string): number =>
        Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
      rss += kib("Rss");
      pss += kib("Pss");
      processes += 1;
    } catch {
      continue; // it ended while we read
    }
  }
  return { rssMb: rss / 1024, pssMb: pss / 1024, processes };
}

function pidsBelow(root: number): number[] {
  const all = parents();
  return [...all.keys()].filter((pid) => {
    let at: number | undefined = pid;
    while (at !== undefined && at > 1 && at !== root) at = all.get(at)?.parent;
    return at === root;
  });
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
      if (child.pid) peak = Math.max(peak, treeUsage(child.pid).rssMb);
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
