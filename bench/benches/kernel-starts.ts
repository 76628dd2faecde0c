import { KernelDriver, type KernelSpec } from "../kernel/index.js";
import { type KernelFigures, note } from "./kernel-report.js";

/** Fresh processes in turn: until they answer, and until a first cell is done. */
export async function measureStarts(
  specs: readonly KernelSpec[],
  starts: number,
  figures: ReadonlyMap<string, KernelFigures>,
): Promise<void> {
  for (let start = 0; start < starts; start += 1) {
    for (let i = 0; i < specs.length; i += 1) {
      const spec = specs[(i + start) % specs.length];
      await measureStart(spec, figures.get(spec.name) ?? new Map());
    }
    process.stderr.write(`  start ${start + 1} of ${starts}\n`);
  }
}

async function measureStart(spec: KernelSpec, figures: KernelFigures): Promise<void> {
  const began = performance.now();
  const started = await KernelDriver.start(spec);
  note(figures, "lostStarts", 0);
  if (started === undefined) {
    const lost = figures.get("lostStarts") ?? [];
    figures.set("lostStarts", lost.fill((lost[0] ?? 0) + 1));
    return;
  }
  const { driver, readyMs } = started;
  try {
    const { replyMs } = await driver.execute("1 + 1", 20_000);
    if (replyMs === undefined) return;
    note(figures, "ready", readyMs);
    // what the reply waited for after ready, without the waiting for idle
    note(figures, "first", readyMs + replyMs);
    const { cpuMs } = driver.usage();
    note(figures, "firstCpu", cpuMs);
    process.stderr.write(`    ${spec.name}: ${Math.round(performance.now() - began)} ms\n`);
  } finally {
    await driver.stop();
  }
}
