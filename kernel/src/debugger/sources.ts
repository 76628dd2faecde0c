import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Debugger } from "node:inspector";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cellFile, type CellProgram } from "../link/index.js";
import { murmur2 } from "./murmur2.js";
import { mapBySegments, mapCell, type PositionMap, sameText } from "./position-map.js";
import { readInlineMap } from "./source-map.js";

/** ipykernel's seed; front ends take whatever debugInfo says. */
export const HASH_SEED = 0xc70f6907;
export const SUFFIX = ".ts";

/** A script of the cell process that the user may look at. */
export interface LiveScript {
  readonly id: string;
  /** The path that front ends know its source by. */
  readonly path: string;
  readonly name: string;
  readonly map: PositionMap;
  /** A cell, or a file that belongs to the notebook: steps stop there. */
  readonly mine: boolean;
  readonly cell: boolean;
}

interface KnownCell {
  readonly name: string;
  readonly code: string;
  readonly program: CellProgram;
}

/** How many cells are remembered, for a debugger that comes later. */
const REMEMBERED = 5000;

/** Where the kernel's own code lies: never shown. */
const OWN = new URL("..", import.meta.url).href;

/** Cells and files by the paths that front ends name, and the scripts that run for them. */
export class Sources {
  readonly #folder: string;
  readonly #ran = new Map<string, KnownCell>();
  /** Path → the text of a cell that a front end dumped or that ran. */
  readonly #texts = new Map<string, string>();
  readonly #scripts = new Map<string, LiveScript>();
  #made = false;
  /** Every cell's path is this, its hash and the suffix. */
  readonly prefix = join(tmpdir(), `gradlab-${process.pid}-${randomBytes(6).toString("hex")}`) + sep;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The path by which front ends know a cell with this code. */
  pathOf(code: string): string {
    return `${this.prefix}${murmur2(code, HASH_SEED)}${SUFFIX}`;
  }

  /** Notes a cell that is about to run. */
  ran(name: string, code: string, program: CellProgram): void {
    this.#ran.set(cellFile(this.#folder, name), { name, code, program });
    const oldest = this.#ran.keys().next().value;
    if (this.#ran.size > REMEMBERED && oldest !== undefined) this.#ran.delete(oldest);
  }

  /** Writes the code of a cell where front ends look for it. */
  dump(code: string): string {
    const path = this.pathOf(code);
    this.#texts.set(path, code);
    if (!this.#made) mkdirSync(this.prefix, { recursive: true, mode: 0o700 });
    this.#made = true;
    writeFileSync(path, code, { mode: 0o600 });
    return path;
  }

  /** What the user wrote at `path`; undefined when nobody knows. */
  text(path: string): string | undefined {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    if (path.startsWith(this.prefix)) {
      return [...this.#ran.values()].find(({ code }) => this.pathOf(code) === path)?.code;
    }
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  }

  isCell(path: string): boolean {
    return path.startsWith(this.prefix);
  }

  /** Notes a script that the cell process has; undefined for the kernel's, Node's and nameless ones. */
  parsed({ scriptId, url, sourceMapURL }: Debugger.ScriptParsedEventDataType): LiveScript | undefined {
    if (!url.startsWith("file:") || url.startsWith(OWN)) return undefined;
    const file = fileURLToPath(url.replace(/[?#].*$/, ""));
    const ran = this.#ran.get(file);
    const script = ran
      ? this.#cellScript(scriptId, ran)
      : this.#fileScript(scriptId, url, file, sourceMapURL);
    if (script) this.#scripts.set(scriptId, script);
    return script;
  }

  #cellScript(id: string, { name, code, program }: KnownCell): LiveScript {
    let map: PositionMap | undefined;
    const lazy: PositionMap = (place) => (map ??= mapCell(program))(place);
    return { id, path: this.pathOf(code), name, map: lazy, mine: true, cell: true };
  }

  #fileScript(id: string, url: string, path: string, mapUrl: string | undefined): LiveScript | undefined {
    // an expression of a front end's, run beside a cell
    if (/^expression-.*\.ts$/.test(basename(path)) && path === join(this.#folder, basename(path))) {
      return undefined;
    }
    const inline = /\.[cm]?tsx?$/.test(path) ? readInlineMap(mapUrl) : undefined;
    const map = inline ? mapBySegments(inline.mappings) : sameText;
    const local = url.includes("?edited=") || path.startsWith(this.#folder + sep);
    return { id, path, name: basename(path), map, mine: local && !isPackage(path), cell: false };
  }

  script(id: string): LiveScript | undefined {
    return this.#scripts.get(id);
  }

  scripts(): readonly LiveScript[] {
    return [...this.#scripts.values()];
  }

  /** All scripts of a source, the oldest first: a cell that ran twice, a file that was edited. */
  scriptsOf(path: string): readonly LiveScript[] {
    return this.scripts().filter((script) => script.path === path);
  }

  /** The scripts are gone, or nobody reports new ones any more. */
  forgetScripts(): void {
    this.#scripts.clear();
  }

  /** URLs of what steps pass over: everything but the user's own code. */
  blackbox(justMyCode: boolean): string[] {
    const folder = pathToFileURL(this.#folder + sep).href;
    const own = [`^${escape(OWN)}`, "^node:", `^${escape(folder)}expression-[^/]*\\.ts$`];
    if (!justMyCode) return own;
    return [...own, "/node_modules/", `^file:(?!.*\\?edited=)(?!${escape(folder.slice("file:".length))})`];
  }

  close(): void {
    if (this.#made) rmSync(this.prefix, { recursive: true, force: true });
  }
}

const isPackage = (path: string): boolean => path.includes(`${sep}node_modules${sep}`);
const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
