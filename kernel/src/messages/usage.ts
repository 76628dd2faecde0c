import { readdirSync, readFileSync } from "node:fs";
import { cpus, freemem, hostname, totalmem } from "node:os";
import type { JsonObject } from "../wire/index.js";
import type { Context } from "./context.js";

/** Processor time of a process so far and when it was read, both in ms. */
interface Reading {
  readonly busy: number;
  readonly at: number;
}

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const TICK = 10;

let before = new Map<number, Reading>();
let hostBefore: { readonly busy: number; readonly all: number } | undefined;

/**
 * usage_request → what the kernel's processes (itself, the one that runs cells, and all they started) and
 * the machine use. The fields are ipykernel's, the numbers psutil's: percent of one processor since the
 * last request, 0 at the first; bytes, those shared between processes counted in part where Linux tells. `device` is
 * gradlab's own: where the library that cells imported computes.
 */
export function usage({ cells }: Context): JsonObject {
  const processes = processTree(process.pid);
  const now = new Map(processes.map((pid) => [pid, readTime(pid)]));
  let cpu = 0;
  for (const [pid, reading] of now) {
    const last = before.get(pid);
    if (last && reading.at > last.at) cpu += (100 * (reading.busy - last.busy)) / (reading.at - last.at);
  }
  before = now;
  const host = hostPercent();
  return {
    hostname: hostname(),
    pid: process.pid,
    kernel_cpu: round(cpu),
    kernel_memory: processes.reduce((sum, pid) => sum + readMemory(pid), 0),
    // psutil's first reading means nothing, and ipykernel leaves it out
    ...(host === undefined ? {} : { host_cpu_percent: host }),
    cpu_count: cpus().length,
    host_virtual_memory: virtualMemory(),
    ...(cells.device === undefined ? {} : { device: { ...cells.device } }),
  };
}

function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const pid of readPids()) {
    const parent = Number(statFields(pid)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const walk = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(walk)];
  return walk(root);
}

function readPids(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return []; // no /proc: this process alone is seen
  }
}

/** The fields of /proc/<pid>/stat from the third on: state, parent, … */
function statFields(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readTime(pid: number): Reading {
  const fields = statFields(pid);
  const at = performance.now();
  if (fields !== undefined) return { busy: (Number(fields[11]) + Number(fields[12])) * TICK, at };
  const { user, system } = process.cpuUsage();
  return { busy: pid === process.pid ? (user + system) / 1000 : 0, at };
}

function readMemory(pid: number): number {
  const share = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  const resident = share ?? /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1];
  if (resident !== undefined) return Number(resident) * 1024;
  return pid === process.pid ? process.memoryUsage.rss() : 0;
}

/** How busy all processors were since the last request. */
function hostPercent(): number | undefined {
  const now = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    now.all += all;
    now.busy += all - times.idle;
  }
  const last = hostBefore;
  hostBefore = now;
  if (last === undefined || now.all <= last.all) return undefined;
  return round((100 * (now.busy - last.busy)) / (now.all - last.all));
}

/** psutil.virtual_memory(): its fields, and its formulas for `used` and `percent`. */
function virtualMemory(): JsonObject {
  const text = read("/proc/meminfo");
  if (text === undefined) {
    const [total, free] = [totalmem(), freemem()];
    return { total, available: free, percent: percent(total - free, total), used: total - free, free };
  }
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1024;
  const [total, free, buffers] = [field("MemTotal"), field("MemFree"), field("Buffers")];
  const cached = field("Cached") + field("SReclaimable");
  const available = field("MemAvailable") || free;
  const used = total - free - cached - buffers;
  return {
    total,
    available,
    percent: percent(total - available, total),
    used: used < 0 ? total - free : used,
    free,
    active: field("Active"),
    inactive: field("Inactive"),
    buffers,
    cached,
    shared: field("Shmem"),
    slab: field("Slab"),
  };
}

const round = (value: number): number => Math.round(value * 10) / 10;
const percent = (part: number, whole: number): number => (whole > 0 ? round((100 * part) / whole) : 0);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // it ended meanwhile, or this system has no /proc
  }
}
