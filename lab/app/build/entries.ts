import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  LAB_EXTENSIONS,
  MIME_EXTENSIONS,
  NOTEBOOK_EXTENSIONS,
  NOTEBOOK_PAGES,
  PAGE_EXTENSIONS,
} from "./packages.js";
import { CACHE, packageFolder } from "./paths.js";

/** Where the generated modules lie: the sources import them as `#extensions/lab` and `#extensions/notebook`. */
export const ENTRIES = join(CACHE, "extensions");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly styleModule?: string;
  readonly jupyterlab?: { readonly schemaDir?: string; readonly themePath?: string };
}

export function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(packageFolder(name), "package.json"), "utf8")) as Manifest;
}

/** Every extension package that either page takes. */
export function extensionPackages(): string[] {
  const pages = NOTEBOOK_PAGES.flatMap((page) => Object.keys(PAGE_EXTENSIONS[page]));
  const notebook = Object.keys(NOTEBOOK_EXTENSIONS);
  return [...new Set([...LAB_EXTENSIONS, ...Object.keys(MIME_EXTENSIONS), ...notebook, ...pages])].sort();
}

/** The lists of extensions as modules: imports of all, styles first, and a table of them. */
export function writeEntries(): void {
  mkdirSync(ENTRIES, { recursive: true });
  const mime = Object.entries(MIME_EXTENSIONS).map(([name, path]) => ({ name, module: name + path }));
  const lab = LAB_EXTENSIONS.map((name) => ({ name, module: name }));
  writeIfNew("lab.js", [
    ...styles([...LAB_EXTENSIONS, ...Object.keys(MIME_EXTENSIONS)]),
    ...table("extensions", lab),
    ...table("mimeExtensions", mime),
  ]);
  const pages = NOTEBOOK_PAGES.flatMap((page) => Object.keys(PAGE_EXTENSIONS[page]));
  const taken = [...new Set([...Object.keys(NOTEBOOK_EXTENSIONS), ...pages])];
  writeIfNew("notebook.js", [
    ...styles([...taken, ...Object.keys(MIME_EXTENSIONS)]),
    ...table(
      "extensions",
      taken.map((name) => ({ name, module: name })),
    ),
    ...table("mimeExtensions", mime),
    `export const everywhere = ${JSON.stringify(NOTEBOOK_EXTENSIONS)};`,
    `export const pages = ${JSON.stringify(PAGE_EXTENSIONS)};`,
  ]);
}

/** An extension's style module draws in the styles of the packages it stands on, in their order. */
function styles(packages: readonly string[]): string[] {
  return [...new Set(packages)]
    .sort()
    .map((name) => ({ name, style: manifestOf(name).styleModule }))
    .filter(({ name, style }) => style !== undefined && existsSync(join(packageFolder(name), style)))
    .map(({ name, style }) => `import ${JSON.stringify(`${name}/${style}`)};`);
}

function table(name: string, rows: readonly { name: string; module: string }[]): string[] {
  return [
    ...rows.map(({ module }, i) => `import * as ${name}${i} from ${JSON.stringify(module)};`),
    `export const ${name} = [`,
    ...rows.map((row, i) => `  { name: ${JSON.stringify(row.name)}, module: ${name}${i} },`),
    "];",
  ];
}

/** An unchanged file keeps its time, which keeps the bundler's cache. */
function writeIfNew(name: string, lines: readonly string[]): void {
  const file = join(ENTRIES, name);
  const text = `${lines.join("\n")}\n`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}
