import childProcess from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { barrier } from "./reports.js";

/** Programs that a cell waits for write to the real stdout: barriers keep their prints in place. */
export function orderSubprocesses(): void {
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const) {
    const original = childProcess[name] as (...parameters: unknown[]) => unknown;
    const ordered = (...parameters: unknown[]): unknown => {
      barrier();
      try {
        return original(...parameters);
      } finally {
        barrier();
      }
    };
    Object.defineProperty(ordered, "name", { value: name });
    (childProcess as unknown as Record<string, unknown>)[name] = ordered;
  }
  syncBuiltinESMExports();
}
