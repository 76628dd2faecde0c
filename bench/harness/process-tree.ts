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
  /** Sum of the resident sets: a page that two of the processes share counts twice. */
  readonly rssMb: number;
  /** What they hold of the machine's memory: every page counts once. */
  readonly heldMb: number;
  readonly processes: number;
}

/** The memory of a process and its descendants (Linux; zeros elsewhere). */
export function treeMemory(root: number): TreeMemory {
  let [rss, own, processes] = [0, 0, 0];
  /** KiB by the part of a file; processes that map it have the same pages of it. */
  const files = new Map<string, number>();
  for (const pid of process.platform === "linux" ? pidsBelow(root) : []) {
    try {
      for (const { part, rssKib, anonymousKib } of mappings(pid)) {
        rss += rssKib;
        own += anonymousKib;
        files.set(part, Math.max(files.get(part) ?? 0, rssKib - anonymousKib));
      }
      processes += 1;
    } catch {
      continue; // it ended while we read
    }
  }
  const shared = [...files.values()].reduce((sum, kib) => sum + kib, 0);
  return { rssMb: rss / 1024, heldMb: (own + shared) / 1024, processes };
}

interface Mapping {
  /** Device, inode and offset of what is mapped. */
  readonly part: string;
  readonly rssKib: number;
  readonly anonymousKib: number;
}

/** The mappings of a process (proc_pid_smaps(5)). */
function mappings(pid: number): Mapping[] {
  const text = readFileSync(`/proc/${pid}/smaps`, "utf8");
  return text.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((block) => {
    const [, offset, device, inode] = /^\S+ \S+ (\S+) (\S+) (\S+)/.exec(block) ?? [];
    const kib = (field: string): number =>
      Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(block)?.[1] ?? 0);
    return { part: `${device} ${inode} ${offset}`, rssKib: kib("Rss"), anonymousKib: kib("Anonymous") };
  });
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
