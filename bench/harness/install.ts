import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchRoot } from "./paths.js";

/**
 * Installs the pinned peers into bench/node_modules (with no install scripts) unless they are there.
 * @returns undefined, or why there are none.
 */
export function ensureBenchDependencies(needed: string): string | undefined {
  const marker = join(benchRoot, "node_modules", needed, "package.json");
  if (existsSync(marker)) return undefined;
  process.stderr.write("  installing the peers into bench/node_modules\n");
  const done = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: benchRoot,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" },
  });
  if (done.status !== 0) return `npm ci in bench/ failed with code ${done.status}`;
  return existsSync(marker) ? undefined : `${needed} has no build for this platform`;
}
