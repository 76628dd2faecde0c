import { showDuration } from "./show-duration.js";

interface Started {
  readonly wall: number;
  readonly cpu: NodeJS.CpuUsage;
}

let started: Started[] = [];

/** `%time` and `%%time`: what a cell's script calls around what it times. */
export const timer = {
  clear(): void {
    started = [];
  },
  start(): void {
    started.push({ wall: performance.now(), cpu: process.cpuUsage() });
  },
  /** Prints the time since the last `start`; that of a promise ends when it does. */
  end(value?: unknown): unknown {
    const from = started.pop();
    if (from === undefined) return value;
    const then = (value as { then?: unknown } | null | undefined)?.then;
    if (typeof then !== "function") {
      print(from);
      return value;
    }
    return Promise.resolve(value).finally(() => print(from));
  },
};

function print({ wall, cpu }: Started): void {
  const { user, system } = process.cpuUsage(cpu);
  const took = showDuration(performance.now() - wall);
  process.stdout.write(`Time: ${took} (CPU: ${showDuration((user + system) / 1000)})\n`);
}
