import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { loadOxc } from "./oxc.js";
import { mapPath } from "./paths.js";
import { readOptions } from "./tsconfig.js";

/** Endings of files that are TypeScript. */
export const TYPESCRIPT = /\.[cm]?tsx?$/;

/** The user's own file that a specifier means for a module in `folder`; undefined for packages and node:. */
export function findLocal(specifier: string, folder: string): string | undefined {
  const places = /^(\.{0,2}\/|\.{1,2}$)/.test(specifier)
    ? [resolve(folder, specifier)]
    : mapPath(readOptions(folder), specifier);
  const found = places.flatMap(candidates).find((path) => editTime(path) !== undefined);
  return found?.includes("/node_modules/") === true ? undefined : found;
}

/** What a path may mean: itself, or the TypeScript that `.js`, no ending or a folder stands for. */
function candidates(path: string): string[] {
  const typed = path.replace(/\.([cm]?)js(x?)$/, ".$1ts$2");
  const endings = ["ts", "tsx", "js", "mjs", "json"];
  return [
    path,
    typed,
    typed.replace(/\.ts$/, ".tsx"),
    ...endings.map((ending) => `${path}.${ending}`),
    ...["ts", "tsx", "js"].map((ending) => `${path}/index.${ending}`),
  ];
}

export function editTime(path: string): number | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.mtimeMs : undefined;
}

const imports = new Map<string, { readonly time: number; readonly found: readonly string[] }>();

/** Local files and all local ones that they import, however far away, with the times of their last edits. */
export function importedFiles(paths: readonly string[]): Map<string, number> {
  const seen = new Map<string, number>();
  const visit = (file: string): void => {
    const time = editTime(file);
    if (time === undefined || seen.has(file)) return;
    seen.set(file, time);
    for (const imported of importsOf(file, time)) visit(imported);
  };
  paths.forEach(visit);
  return seen;
}

/** Changes when a file, or a local one that it imports, was edited. */
export function versionOf(path: string): string {
  const lines = [...importedFiles([path])].map(([file, time]) => `${time} ${file}`).sort();
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
}

/** The local files that a file imports. */
function importsOf(path: string, time: number): readonly string[] {
  const known = imports.get(path);
  if (known?.time === time) return known.found;
  const text = /\.[cm]?[jt]sx?$/.test(path) ? readFileSync(path, "utf8") : "";
  const found = localImports(text, path);
  imports.set(path, { time, found });
  return found;
}

/** The local files that a text imports which stands at `path`. */
export function localImports(text: string, path: string): string[] {
  if (!/import|export|require/.test(text)) return [];
  return specifiers(text, path).flatMap((specifier) => findLocal(specifier, dirname(path)) ?? []);
}

function specifiers(text: string, path: string): string[] {
  const { module } = loadOxc().parser.parseSync(path, text, { sourceType: "module" });
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start, end));
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    ),
    ...dynamic.flatMap((literal) => /^(["'`])(.*)\1$/.exec(literal)?.[2] ?? []),
  ];
}
