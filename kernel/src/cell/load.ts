import { existsSync, readFileSync } from "node:fs";
import { isBuiltin, register } from "node:module";
import { dirname, join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { mapPath, readOptions } from "../compile/index.js";
import { hearImports } from "./imported-files.js";
import { ownModule, shippedModule } from "./own-modules.js";
import { lineAndColumn } from "./source-lines.js";
import { adoptPlace, cellNames, errorPlace, shortPath } from "./stack.js";

const FOLDER = process.cwd();
let registered = false;

/**
 * Runs a cell's import. A failure gets the line of the import, which Node's loader does not know, and
 * says what to do. Files of the notebook's folder may be TypeScript, and are read anew after an edit.
 */
export function load(specifier: string, start: () => Promise<object>): Promise<object> {
  const own = ownModule(specifier);
  if (own !== undefined) return import(own) as Promise<object>;
  const site = new Error("import");
  if (isMissing(specifier)) return missing(specifier, site);
  starts.set(specifier, start);
  if (!registered && isLocal(specifier)) registerHooks();
  return start().catch((error: unknown) => {
    const shipped = shippedModule(specifier, error);
    if (shipped !== undefined) return import(shipped) as Promise<object>;
    if (error instanceof Error) explain(error, specifier, site);
    throw error;
  });
}

const starts = new Map<string, () => Promise<object>>();

/** How to import a specifier again. */
export const startOf = (specifier: string): (() => Promise<object>) | undefined => starts.get(specifier);

/** `import(…)` in a cell. */
export const loadDynamic = (
  specifier: unknown,
  start: (specifier: string) => Promise<object>,
): Promise<object> => load(String(specifier), () => start(String(specifier)));

/**
 * Whether a package is not installed. Node must not be asked: it remembers what it did not find, and a
 * package that is installed later would stay unknown to it.
 */
function isMissing(specifier: string): boolean {
  if (/^[./#]|:/.test(specifier) || isBuiltin(specifier) || isLocal(specifier)) return false;
  const name = packageName(specifier);
  for (let folder = FOLDER; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "node_modules", name))) return false;
    if (existsSync(join(folder, "package.json")) && namesItself(folder, name)) return false;
    if (dirname(folder) === folder) return true;
  }
}

const packageName = (specifier: string): string =>
  specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

/** A package may import itself by its name. */
function namesItself(folder: string, name: string): boolean {
  try {
    const { name: own } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      name?: unknown;
    };
    return own === name;
  } catch {
    return false;
  }
}

async function missing(specifier: string, site: Error): Promise<object> {
  const name = packageName(specifier);
  const error = Object.assign(new Error(`Cannot find package '${name}'`), { code: "ERR_MODULE_NOT_FOUND" });
  const shipped = shippedModule(specifier, error);
  if (shipped !== undefined) return (await import(shipped)) as object;
  const place = errorPlace(site);
  if (place !== undefined) adoptPlace(error, place);
  explain(error, specifier, site);
  throw error;
}

/** What may be a file of the user's: a path, or a name that tsconfig.json's `paths` knows. */
function isLocal(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$|file:)/.test(specifier) || mapPath(readOptions(FOLDER), specifier).length > 0;
}

function registerHooks(): void {
  registered = true;
  const { port1, port2 } = new MessageChannel();
  hearImports(port1);
  register("./typescript-hooks.js", import.meta.url, { data: { port: port2 }, transferList: [port2] });
}

interface FilePlace {
  readonly path: string;
  readonly source: string;
  readonly start: number;
}

function explain(error: Error, specifier: string, site: Error): void {
  const place = errorPlace(site);
  const fault = (error as { gradlabPlace?: FilePlace }).gradlabPlace;
  if (fault !== undefined) {
    Reflect.deleteProperty(error, "gradlabPlace");
    const { path, source, start } = fault;
    adoptPlace(error, { cell: shortPath(path), source, ...lineAndColumn(source, start) });
  } else if (place !== undefined && errorPlace(error) === undefined) adoptPlace(error, place);
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return;
  for (const [path, name] of cellNames()) error.message = error.message.replace(path, name);
  const name = packageName(specifier);
  const hint = /^[./]/.test(specifier)
    ? "Check the path; it is relative to the notebook's folder."
    : `Install it for the notebook: %install ${name} (or npm install ${name} in ${join(FOLDER)})`;
  Object.assign(error, { hint });
}
