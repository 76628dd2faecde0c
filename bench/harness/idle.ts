import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

function cpuTicks(): { busy: number; total: number } | undefined {
  try {
    const fields =
      readFileSync("/proc/stat", "utf8").split("\n")[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    const total = fields.slice(0, 8).reduce((sum, v) => sum + v, 0);
    return { busy: total - (fields[3] ?? 0) - (fields[4] ?? 0), total };
  } catch {
    return undefined;
  }
}

/** Waits until the machine is at least 80 % idle, at most `patienceMs`; false when it stayed busy. True off Linux. */
export async function waitForIdle(patienceMs = 4000): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const before = cpuTicks();
    await sleep(200);
    const after = cpuTicks();
    if (!before || !after) return true;
    if ((after.busy - before.busy) / Math.max(1, after.total - before.total) <= 0.2) return true;
    if (Date.now() > deadline) return false;
  }
}
