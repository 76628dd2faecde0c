import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** What one slice produced besides its cost. */
export interface RunOutput {
  readonly losses?: readonly number[];
  readonly tokens?: readonly number[];
  /** Cost of the timed part, where the slice has an untimed one (warm-up, prefill); else the whole is timed. */
  readonly cost?: Cost;
}

export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface RunRequest {
  readonly run: number;
  readonly mode?: "decode" | "prefill";
  readonly context?: number;
}

/** Starts a stopwatch of wall time and of the process's user + sys time. */
export function startCost(): () => Cost {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const used = process.cpuUsage(cpu);
    return { wallMs: performance.now() - wall, cpuMs: (used.user + used.system) / 1000 };
  };
}

export function peakRssMb(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

export function say(message: object): void {
  process.stdout.write(JSON.stringify(message) + "\n");
}

/** The Node side of the harness's protocol: says ready, then answers one line per request until stdin ends. */
export async function serveRuns(
  versions: Readonly<Record<string, string>>,
  run: (request: RunRequest) => Promise<RunOutput>,
): Promise<void> {
  say({ ready: true, versions });
  for await (const line of createInterface({ input: process.stdin })) {
    const stop = startCost();
    const { cost, ...output } = await run(JSON.parse(line) as RunRequest);
    say({ ...(cost ?? stop()), rssMb: peakRssMb(), ...output });
  }
}
