import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.js";
import { bundleThemes } from "./bundle-themes.js";
import { explain } from "./build-error.js";
import { compress } from "./compress.js";
import { copySchemas } from "./copy-schemas.js";
import { describePages } from "./describe-pages.js";
import { hashInputs } from "./hash-inputs.js";
import { install, isInstalled } from "./install.js";
import { listLicenses } from "./list-licenses.js";
import { lockBuild } from "./lock.js";
import { CACHE, DIST } from "./paths.js";

export interface BuildOptions {
  /** One step begins, or, with `undefined`, all are done. */
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
  readonly development?: boolean;
}

/** Is there a `dist/` that these sources gave? A shipped one without sources always counts. */
export function isUpToDate(): boolean {
  const inputs = hashInputs();
  try {
    const built = JSON.parse(readFileSync(join(DIST, "build.json"), "utf8")) as { inputs?: string };
    return inputs === undefined || built.inputs === inputs;
  } catch {
    return false;
  }
}

/**
 * Sources, packages → `dist/`, unless it is there. Two calls at once build once; a killed one leaves nothing behind that
 * counts.
 *
 * @returns whether anything was built
 * @throws E_NETWORK, E_DISK, E_INSTALL, E_BUNDLE, E_LOCKED
 */
export async function buildApp({ onStep, signal, development = false }: BuildOptions): Promise<boolean> {
  if (isUpToDate()) return false;
  try {
    const unlock = await lockBuild((owner) => onStep(`waiting for process ${owner}, which is building`));
    try {
      if (isUpToDate()) return false;
      removeHalfBuilt();
      if (!isInstalled()) {
        onStep("installing the packages it is built from (420, 420 MB; once)");
        await install(signal);
      }
      signal.throwIfAborted();
      await assemble(onStep, development);
      return true;
    } finally {
      unlock();
    }
  } catch (error) {
    throw explain(error);
  }
}

async function assemble(onStep: (step: string) => void, development: boolean): Promise<void> {
  const inputs = hashInputs()!;
  const output = join(CACHE, `dist-${process.pid}`);
  mkdirSync(output, { recursive: true });
  onStep("bundling");
  const bundled = await bundle({ output, development });
  await bundleThemes(output);
  copySchemas(output);
  listLicenses(output, bundled.modules);
  describePages(output, inputs, bundled);
  if (!development) {
    onStep("compressing");
    await Promise.all(["static", "themes"].map((folder) => compress(join(output, folder))));
  }
  swap(output);
}

/** A rename is whole or not at all; between the two there is no `dist/`, which the next start would build. */
function swap(output: string): void {
  const old = join(CACHE, `old-${process.pid}`);
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(output, DIST);
  rmSync(old, { recursive: true, force: true });
}

/** What killed builds left; called with the lock held, so that nobody is writing there. */
function removeHalfBuilt(): void {
  for (const name of readdirSync(CACHE).filter((entry) => /^(dist|old)-\d+$/.test(entry))) {
    rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}
