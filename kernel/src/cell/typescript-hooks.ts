/** Module hooks (they run on Node's loader thread): local .ts files are run, and reloaded after an edit. */
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}

interface ResolveContext {
  readonly parentURL?: string;
}

interface Loaded {
  readonly format: string;
  readonly source: string;
  readonly shortCircuit: boolean;
}

const TYPESCRIPT = /\.[cm]?tsx?$/;
const require = createRequire(import.meta.url);

export async function resolve(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Promise<Resolved>,
): Promise<Resolved> {
  if (!/^(\.{0,2}\/|file:)/.test(specifier) || context.parentURL?.includes("/node_modules/")) {
    return next(specifier, context);
  }
  const base = context.parentURL ?? pathToFileURL(`${process.cwd()}/`).href;
  const url = new URL(specifier, base);
  for (const candidate of candidates(url.pathname)) {
    const file = new URL(url);
    file.pathname = candidate;
    const edited = editTime(file);
    if (edited === undefined || !isLocal(file)) continue;
    // the time of the last edit makes an edited file another module
    file.search = `?edited=${edited}`;
    if (TYPESCRIPT.test(candidate)) return { url: file.href, format: "module", shortCircuit: true };
    return next(file.href, context);
  }
  return next(specifier, context);
}

export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const { pathname } = new URL(url);
  if (!url.startsWith("file:") || !TYPESCRIPT.test(pathname) || pathname.includes("/node_modules/")) {
    return next(url, context);
  }
  const path = fileURLToPath(url);
  const { transformSync } = require("oxc-transform") as typeof import("oxc-transform");
  const result = transformSync(path, readFileSync(path, "utf8"), { sourceType: "module", target: "es2022" });
  const fault = result.errors[0];
  if (fault !== undefined) throw new SyntaxError(`${fault.message} in ${path}`);
  return { format: "module", source: result.code, shortCircuit: true };
}

/** What a path may mean: itself, or the TypeScript that `.js` or no ending stands for. */
function candidates(path: string): string[] {
  return [path, path.replace(/\.([cm]?)js$/, ".$1ts"), `${path}.ts`];
}

function editTime(file: URL): number | undefined {
  try {
    const stat = statSync(file);
    return stat.isFile() ? stat.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}

/** Only files of the user's are looked at for edits. */
function isLocal(file: URL): boolean {
  return !file.pathname.includes("/node_modules/");
}
