import type { Debugger } from "node:inspector";
import { splitMagics } from "../magics/index.js";
import { transformCell } from "../session/index.js";
import type { Inspector } from "./inspector.js";
import { mapCell, type Position, type PositionMap } from "./position-map.js";
import type { LiveScript, Sources } from "./sources.js";

/** A place where V8 can stop, and where that is in the source. */
export interface Site {
  readonly place: Position;
  readonly original: Position;
}

/** Where the sources can be stopped at: V8 is asked, for a cell that did not run as well. */
export class BreakSites {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  readonly #byScript = new Map<string, Promise<readonly Site[]>>();
  readonly #byPath = new Map<string, Promise<readonly Site[] | undefined>>();

  constructor(inspector: Inspector, sources: Sources) {
    this.#inspector = inspector;
    this.#sources = sources;
  }

  forget(): void {
    this.#byScript.clear();
    this.#byPath.clear();
  }

  ofScript({ id, map }: LiveScript): Promise<readonly Site[]> {
    const known = this.#byScript.get(id) ?? this.#ask(id, map);
    this.#byScript.set(id, known);
    return known;
  }

  /** Of the newest script of a source; undefined while there is none and it is no cell. */
  async ofPath(path: string): Promise<readonly Site[] | undefined> {
    const script = this.#sources.scriptsOf(path).at(-1);
    if (script) return this.ofScript(script);
    const known = this.#byPath.get(path) ?? this.#compile(path);
    this.#byPath.set(path, known);
    return known;
  }

  /** Compiles a cell without running it. */
  async #compile(path: string): Promise<readonly Site[] | undefined> {
    const text = this.#sources.isCell(path) ? this.#sources.text(path) : undefined;
    if (text === undefined) return undefined;
    const transformed = transformCell(splitMagics(text).code);
    if (!transformed.ok) return [];
    const { program } = transformed;
    // only for this moment: it would keep everything that the console shows
    await this.#inspector.request("Runtime.enable");
    const compiled = this.#inspector.request<{ scriptId?: string }>("Runtime.compileScript", {
      expression: program.code,
      sourceURL: "",
      persistScript: true,
    });
    await this.#inspector.request("Runtime.disable");
    const { scriptId } = await compiled;
    return scriptId === undefined ? undefined : this.#ask(scriptId, mapCell(program));
  }

  async #ask(scriptId: string, map: PositionMap): Promise<readonly Site[]> {
    const { locations } = await this.#inspector.request<Debugger.GetPossibleBreakpointsReturnType>(
      "Debugger.getPossibleBreakpoints",
      { start: { scriptId, lineNumber: 0, columnNumber: 0 } },
    );
    return locations.flatMap(({ lineNumber, columnNumber }) => {
      const place = { line: lineNumber, column: columnNumber ?? 0 };
      const original = map(place);
      return original === undefined ? [] : [{ place, original }];
    });
  }
}

/** The site that a breakpoint of a line (and column) gets: the first there, or on the next line with one. */
export function findSite(sites: readonly Site[], line: number, column?: number): Site | undefined {
  let best: Site | undefined;
  for (const site of sites) {
    if (site.original.line < line) continue;
    if (site.original.line === line && column !== undefined && site.original.column < column) continue;
    if (best === undefined || isBefore(site, best)) best = site;
  }
  return best;
}

function isBefore(a: Site, b: Site): boolean {
  return (
    (a.original.line - b.original.line ||
      a.original.column - b.original.column ||
      a.place.line - b.place.line ||
      a.place.column - b.place.column) < 0
  );
}
