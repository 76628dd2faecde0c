import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { repoRoot, runToEnd } from "../harness/index.js";

const APP = join(repoRoot, "lab", "app");
const LEFT_OUT = new Set(["node_modules", "dist", ".cache"]);

export interface Build {
  readonly seconds: number;
  /** Highest resident memory of the build. */
  readonly peakMb: number;
  readonly sizeMb: number;
  /** What a page is sent where the browser takes gzip. */
  readonly sentMb: number;
}

/** Bundles a copy of the front end that was never bundled; its packages are in place. */
export async function buildAnew(): Promise<Build> {
  if (!existsSync(join(APP, "dist", "build.json")))
    throw new Error("not run: the front end is not built; run `node lab/app/build/dist/main.js`");
  const copy = mkdtempSync(join(tmpdir(), "gradlab-bench-app-"));
  try {
    const isWanted = (path: string): boolean =>
      path === APP || !LEFT_OUT.has(basename(path)) || path.includes("/build/");
    cpSync(APP, copy, { recursive: true, filter: isWanted });
    symlinkSync(join(APP, "node_modules"), join(copy, "node_modules"), "dir");
    const cost = await runToEnd([process.execPath, join(copy, "build", "dist", "main.js")], copy);
    if (cost.code !== 0) throw new Error(`the build ended with code ${cost.code}.\n${cost.stderr}`);
    const files = filesBelow(join(copy, "dist"));
    const size = (wanted: (path: string) => boolean): number =>
      files.filter(wanted).reduce((sum, path) => sum + statSync(path).size, 0) / 2 ** 20;
    const packed = new Set(files.filter((path) => path.endsWith(".gz")));
    return {
      seconds: cost.wallMs / 1000,
      peakMb: cost.peakRssMb,
      sizeMb: size((path) => !packed.has(path)),
      sentMb: size((path) => packed.has(path) || !packed.has(`${path}.gz`)),
    };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
