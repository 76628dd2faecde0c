import type { Report } from "../link/index.js";

interface Held {
  readonly report: Report;
  readonly buffers: readonly Buffer[];
}

/** What cells show while their types are being checked: the type errors are told first, though the cell does not wait. */
export class HeldReports {
  readonly #held = new Map<number, Held[]>();

  /** Keeps what this run shows from now on. */
  hold(run: number): void {
    this.#held.set(run, []);
  }

  /** True where the report is kept. */
  take(report: Report, buffers: readonly Buffer[]): boolean {
    const held = "run" in report ? this.#held.get(report.run) : undefined;
    held?.push({ report, buffers });
    return held !== undefined;
  }

  /** Shows what was kept, and keeps nothing more. */
  release(run: number, show: (report: Report, buffers: readonly Buffer[]) => void): void {
    const held = this.#held.get(run) ?? [];
    this.#held.delete(run);
    for (const { report, buffers } of held) show(report, buffers);
  }
}
