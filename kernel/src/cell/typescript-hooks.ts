/** Module hooks (they run on Node's loader thread): local .ts files are run, and reloaded after an edit. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { MessagePort } from "node:worker_threads";
import { compileTypeScript, findLocal, readOptions, TYPESCRIPT, versionOf } from "../compile/index.js";
import type { ImportedFile } from "./imported-files.js";

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

let port: MessagePort | undefined;

/** `port` is where the main thread hears which files were read, for the lines of errors. */
export function initialize(data: { readonly port: MessagePort }): void {
  port = data.port;
}

export async function resolve(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Promise<Resolved>,
): Promise<Resolved> {
  const parent = context.parentURL ?? pathToFileURL(`${process.cwd()}/notebook.ts`).href;
  if (!parent.startsWith("file:") || parent.includes("/node_modules/") || specifier.startsWith("node:"))
    return next(specifier, context);
  const wanted = specifier.startsWith("file:") ? withoutQuery(specifier) : specifier;
  const path = wanted && findLocal(wanted, dirname(fileURLToPath(parent)));
  if (path === undefined || path === "") return next(specifier, context);
  const url = pathToFileURL(path);
  // the edits so far make an edited file, or one that imports it, another module
  url.search = `?edited=${versionOf(path)}`;
  if (TYPESCRIPT.test(path)) return { url: url.href, format: "module", shortCircuit: true };
  return next(url.href, context);
}

/** The path of a file URL; empty where a query says more than that. */
function withoutQuery(href: string): string {
  const url = new URL(href);
  return url.search === "" ? fileURLToPath(url) : "";
}

export async function load(
  url: string,
  context: { readonly importAttributes?: Readonly<Record<string, string>> },
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return next(url, context);
  const path = fileURLToPath(url);
  if (TYPESCRIPT.test(path)) return { format: "module", source: compileFile(url, path), shortCircuit: true };
  if (path.endsWith(".json") && context.importAttributes?.["type"] === undefined) {
    // TypeScript needs no attribute for JSON, Node does
    const source = `export default ${JSON.stringify(JSON.parse(readFileSync(path, "utf8")))}`;
    return { format: "module", source, shortCircuit: true };
  }
  return next(url, context);
}

function compileFile(url: string, path: string): string {
  const source = readFileSync(path, "utf8");
  const compiled = compileTypeScript(source, readOptions(dirname(path)), path.endsWith("x") ? "tsx" : "ts");
  if (!compiled.ok) {
    const { message, start } = compiled.fault;
    const error = new SyntaxError(message);
    error.stack = `SyntaxError: ${message}`;
    // a plain field: the error goes to the main thread as a copy
    throw Object.assign(error, { gradlabPlace: { path, source, start } });
  }
  port?.postMessage({ url, source, mappings: compiled.mappings } satisfies ImportedFile);
  // a debugger finds the lines of the file by it
  const map = JSON.stringify({ version: 3, sources: [path], names: [], mappings: compiled.mappings });
  return `${compiled.code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString("base64")}`;
}
