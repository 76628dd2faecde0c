import { SourceMap } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { CellProgram } from "../link/index.js";
import { importedFile, type ImportedFile } from "./imported-files.js";
import type { CellPlace } from "./source-lines.js";

interface Known {
  readonly name: string;
  readonly program: CellProgram;
  readonly lineStarts: readonly number[];
  scriptStarts?: readonly number[];
  map?: SourceMap;
}

const known = new Map<string, Known>();
/** Local TypeScript files that an error named, with their maps. */
const fileMaps = new Map<ImportedFile, SourceMap>();
const FOLDER = process.cwd();
/** Node passes file URLs or paths; cells are known by path. */
const toPath = (file: string): string => (file.startsWith("file:") ? fileURLToPath(file) : file);

export function rememberProgram(path: string, name: string, program: CellProgram): void {
  known.set(path, { name, program, lineStarts: lineStarts(program.code) });
}

/** Where `line:column` (from 1) of a cell's running code stands in what the user wrote. */
export function findPlace(file: string, line: number, column: number): CellPlace | undefined {
  const cell = known.get(toPath(file));
  if (cell === undefined) return undefined;
  const { program } = cell;
  const offset = (cell.lineStarts[line - 1] ?? 0) + column - 1;
  const piece = nearest(program.pieces, offset);
  // the call of the function that wraps the cell is not the user's
  if (piece === undefined || offset >= program.code.lastIndexOf("})()")) return undefined;
  cell.scriptStarts ??= lineStarts(program.script);
  const inScript = piece[1] + Math.min(Math.max(offset - piece[0], 0), piece[2]);
  const scriptLine = cell.scriptStarts.findLastIndex((start) => start <= inScript);
  cell.map ??= sourceMap(program.mappings);
  const entry = cell.map.findEntry(scriptLine, inScript - (cell.scriptStarts[scriptLine] ?? 0));
  if (!("originalLine" in entry)) return undefined;
  return {
    cell: cell.name,
    source: program.source,
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  };
}

const sourceMap = (mappings: string): SourceMap =>
  new SourceMap({
    version: 3,
    file: "",
    sources: ["cell"],
    sourcesContent: [],
    names: [],
    sourceRoot: "",
    mappings,
  });

/** A path as the user knows it: from the notebook's folder, where it lies below that. */
export function shortPath(path: string): string {
  const short = relative(FOLDER, path);
  return short.startsWith("..") ? path : short;
}

/** The same for a local TypeScript file, by the URL under which it was loaded. */
function findFilePlace(url: string, line: number, column: number): CellPlace | undefined {
  const file = importedFile(url);
  if (file === undefined) return undefined;
  const map = fileMaps.get(file) ?? sourceMap(file.mappings);
  fileMaps.set(file, map);
  const entry = map.findEntry(line - 1, column - 1);
  if (!("originalLine" in entry)) return undefined;
  return {
    cell: shortPath(fileURLToPath(url)),
    source: file.source,
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
  };
}

/** The piece that covers `offset`, or else the last one before it, or the first. */
function nearest(pieces: CellProgram["pieces"], offset: number): CellProgram["pieces"][number] | undefined {
  let best: CellProgram["pieces"][number] | undefined;
  for (const piece of pieces) if (piece[0] <= offset) best = piece;
  return best ?? pieces[0];
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

const places = new WeakMap<Error, CellPlace>();
const OWN_FOLDER = new URL("..", import.meta.url).href;
const OWN_PATH = fileURLToPath(OWN_FOLDER);

/** Under this key a library may keep an error made where the work that failed was asked for. */
const ORIGIN = Symbol.for("gradlab.origin");

/** The innermost place in a cell or local file that an error's stack names, or the stack of where its work began. */
export function errorPlace(error: Error): CellPlace | undefined {
  void error.stack; // the stack is laid out when first read
  const origin = (error as { [ORIGIN]?: unknown })[ORIGIN];
  return places.get(error) ?? (origin instanceof Error ? errorPlace(origin) : undefined);
}

/** Gives an error a place that its own stack does not tell. */
export function adoptPlace(error: Error, place: CellPlace): void {
  places.set(error, place);
}

/** [path, name] of every cell that ran. */
export function cellNames(): [string, string][] {
  return [...known].map(([path, { name }]) => [path, name]);
}

/** Calls that an error remembers: the cell may stand below many of a library's. */
const STACK_LIMIT = 50;

/** Stack traces name cells by their own lines and leave out frames of Node and of the kernel. */
export function installStackTraces(): void {
  Error.stackTraceLimit = STACK_LIMIT;
  Error.prepareStackTrace = (error, sites) => {
    const lines: string[] = [];
    for (const site of sites) {
      const line = frame(error, site);
      if (line !== undefined) lines.push(`    at ${line}`);
    }
    return [headline(error), ...lines].join("\n");
  };
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function frame(error: Error, site: NodeJS.CallSite): string | undefined {
  const file = site.getFileName() ?? "";
  if (file === "" && !site.isPromiseAll?.()) return undefined;
  if (file.startsWith("node:") || file.startsWith(OWN_FOLDER) || file.startsWith(OWN_PATH)) return undefined;
  const line = site.getLineNumber() ?? 0;
  const column = site.getColumnNumber() ?? 0;
  const place = findPlace(file, line, column) ?? findFilePlace(file, line, column);
  if (place && !places.has(error)) places.set(error, place);
  if (place === undefined && known.has(toPath(file))) return undefined; // the kernel's wrapping of the cell
  const where = place
    ? `${place.cell}:${place.line}:${place.column}`
    : // whole: libraries look for their own paths in stacks
      `${toPath(file)}:${line}:${column}`;
  const name = functionName(site, place !== undefined);
  return `${site.isAsync?.() ? "async " : ""}${name ? `${name} (${where})` : where}`;
}

function functionName(site: NodeJS.CallSite, inCell: boolean): string {
  const method = site.getFunctionName();
  if (!method) return "";
  if (site.isConstructor()) return `new ${method}`;
  const type = inCell && site.isToplevel() ? null : site.getTypeName();
  if (site.isToplevel() || !type || type === "Object" || method.startsWith(`${type}.`)) return method;
  return `${type}.${method}`;
}
