import type { TestContext } from "node:test";
import { DISPLAY } from "gradlab";

export interface Shown {
  readonly bundle: Record<string, unknown>;
  readonly options: { displayId?: string; update?: boolean };
  readonly at: number;
}

/** Plays the kernel for one test: collects what is shown. */
export function fakeHost(t: TestContext): Shown[] {
  const shown: Shown[] = [];
  const scope = globalThis as { [DISPLAY]?: unknown };
  scope[DISPLAY] = {
    display: (bundle: Shown["bundle"], options: Shown["options"]) =>
      shown.push({ bundle, options, at: performance.now() }),
  };
  t.after(() => delete scope[DISPLAY]);
  return shown;
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
