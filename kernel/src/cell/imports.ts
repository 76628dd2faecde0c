import { findLocal, versionOf } from "../compile/index.js";
import { startOf } from "./load.js";

type Module = Readonly<Record<string, unknown>>;

/** An import of a local file: which variables took which of its exports, when it was this version. */
interface Bound {
  readonly path: string;
  readonly start: () => Promise<object>;
  names: Readonly<Record<string, string>>;
  module: Module;
  version: string;
}

const FOLDER = process.cwd();
const bound = new Map<string, Bound>();

/** Gives a module's exports to the notebook's variables; those of local files are remembered for `reload`. */
export function bind(specifier: string, names: Readonly<Record<string, string>>, module: Module): void {
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const [local, exported] of Object.entries(names)) globals[local] = pick(module, exported);
  const path = findLocal(specifier, FOLDER);
  const start = startOf(specifier);
  if (path === undefined || start === undefined) return;
  const before = bound.get(path)?.names ?? {};
  bound.set(path, { path, start, names: { ...before, ...names }, module, version: versionOf(path) });
}

const pick = (module: Module, exported: string): unknown => (exported === "*" ? module : module[exported]);

/** `%autoreload on`: files that were edited are imported again, into the variables that still hold what they gave. */
export async function reload(): Promise<void> {
  const globals = globalThis as unknown as Record<string, unknown>;
  for (const one of bound.values()) {
    const version = versionOf(one.path);
    if (version === one.version) continue;
    one.version = version;
    const module = (await one.start()) as Module;
    for (const [local, exported] of Object.entries(one.names)) {
      // a variable that was declared anew meanwhile is another one
      if (globals[local] === pick(one.module, exported)) globals[local] = pick(module, exported);
    }
    one.module = module;
  }
}
