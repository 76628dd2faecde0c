// Restarts a kernel again and again and looks for what is left behind: processes, open files, folders, memory:
//   npm run build && node scripts/dist/kernel/restart-soak.js [--times 1000]
// Every fifth time the kernel is asked to restart (shutdown_request with restart, then a new process); the other
// times the process that runs cells crashes and is replaced.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { type KernelClient, startKernel } from "gradlab-kernel";

export interface SoakReport {
  readonly restarts: number;
  readonly crashes: number;
  /** Open files of this process after a tenth of the rounds, and at the end. */
  readonly openFiles: readonly [number, number];
  /** Open files of the last kernel process after its first crash, and after its last. */
  readonly kernelFiles: readonly [number, number];
  /** Processes and folders of earlier kernels that are still there. */
  readonly left: readonly string[];
}

/** Restarts `times` times; resolves with what was counted. */
export async function soakRestarts(times: number): Promise<SoakReport> {
  const kernel = await startKernel({ typeCheck: "warn" });
  const pids = new Set<number>();
  const folders = new Set<string>();
  let [restarts, crashes, early] = [0, 0, 0];
  const kernelFiles: [number, number] = [0, 0];
  try {
    for (let round = 0; round < times; round += 1) {
      for (const pid of processTree(kernel.pid ?? 0)) pids.add(pid);
      folders.add(dirname(kernel.connectionFile));
      if (round % 5 === 0) {
        await kernel.restart();
        restarts += 1;
      } else {
        await crash(kernel);
        crashes += 1;
      }
      await expectSum(kernel);
      if (round % 5 === 1) kernelFiles[0] = openFiles(kernel.pid ?? 0);
      if (round % 5 !== 0) kernelFiles[1] = openFiles(kernel.pid ?? 0);
      if (round === Math.floor(times / 10)) early = openFiles(process.pid);
    }
    const late = openFiles(process.pid);
    const own = new Set(processTree(kernel.pid ?? 0));
    const alive = [...pids].filter((pid) => !own.has(pid) && isAlive(pid)).map((pid) => `process ${pid}`);
    folders.delete(dirname(kernel.connectionFile));
    const left = [...alive, ...[...folders].filter((folder) => existsSync(folder))];
    return { restarts, crashes, openFiles: [early, late], kernelFiles, left };
  } finally {
    await kernel.shutdown();
  }
}

async function crash(kernel: KernelClient): Promise<void> {
  const reply = await kernel.execute("process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})");
  if (reply.ename !== "KernelStateLost") throw new Error(`the crash was not told: ${reply.ename}`);
}

async function expectSum(kernel: KernelClient): Promise<void> {
  const reply = await kernel.execute("1 + 1");
  if (reply.status !== "ok") throw new Error(`the kernel does not answer: ${reply.evalue}`);
}

/** Open files of a process without those that only the moment needs. */
function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return !/^\/(proc|usr|dev)\//.test(readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

function parentOf(pid: number): number {
  try {
    return Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return 0;
  }
}

function processTree(root: number): number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const children = new Map<number, number[]>();
  for (const pid of all.map(Number))
    children.set(parentOf(pid), [...(children.get(parentOf(pid)) ?? []), pid]);
  const walk = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(walk)];
  return walk(root);
}

/** A zombie is gone: only its parent has not looked yet. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

async function main(): Promise<void> {
  const at = process.argv.indexOf("--times");
  const started = performance.now();
  const report = await soakRestarts(at < 0 ? 1000 : Number(process.argv[at + 1]));
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(JSON.stringify({ ...report, seconds: Number(seconds) }));
  const [early, late] = report.openFiles;
  const [first, last] = report.kernelFiles;
  process.exitCode = report.left.length > 0 || late > early + 2 || last > first + 2 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
