import type { Debugger } from "node:inspector";
import { BreakSites, findSite, type Site } from "./break-sites.js";
import { breakCondition, type BreakpointRules } from "./conditions.js";
import type { Inspector } from "./inspector.js";
import type { LiveScript, Sources } from "./sources.js";

/** A breakpoint as a front end asks for it (DAP: SourceBreakpoint). */
export interface SourceBreakpoint extends BreakpointRules {
  readonly line: number;
  readonly column?: number;
}

/** What a front end is told of one (DAP: Breakpoint). */
export interface ToldBreakpoint {
  readonly id: number;
  readonly verified: boolean;
  readonly source: { readonly name: string; readonly path: string };
  readonly line: number;
  readonly column?: number;
  readonly message?: string;
}

interface Point {
  readonly id: number;
  readonly asked: SourceBreakpoint;
  readonly condition: string | undefined;
  told: ToldBreakpoint;
}

/** Breakpoints by source. They outlive the scripts of their source: each new one gets them before it runs. */
export class Breakpoints {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  readonly #sites: BreakSites;
  readonly #points = new Map<string, readonly Point[]>();
  /** The inspector's id → ours, per source. */
  readonly #set = new Map<string, { readonly id: number; readonly path: string }>();
  readonly #changed: (breakpoint: ToldBreakpoint) => void;
  #serial = 0;

  constructor(inspector: Inspector, sources: Sources, changed: (breakpoint: ToldBreakpoint) => void) {
    this.#inspector = inspector;
    this.#sources = sources;
    this.#sites = new BreakSites(inspector, sources);
    this.#changed = changed;
  }

  /** Replaces the breakpoints of a source; what each became, in order. */
  async replace(path: string, asked: readonly SourceBreakpoint[]): Promise<readonly ToldBreakpoint[]> {
    await this.#remove(path);
    const sites = await this.#sites.ofPath(path);
    const points = asked.map((one) => this.#point(path, one, sites));
    if (points.length > 0) this.#points.set(path, points);
    else this.#points.delete(path);
    for (const script of this.#sources.scriptsOf(path)) await this.place(script);
    return points.map(({ told }) => told);
  }

  #point(path: string, asked: SourceBreakpoint, sites: readonly Site[] | undefined): Point {
    this.#serial += 1;
    const id = this.#serial;
    const source = { name: path.slice(path.lastIndexOf("/") + 1), path };
    const told = (line: number, message?: string): ToldBreakpoint => ({
      id,
      source,
      line,
      verified: message === undefined,
      ...(message === undefined ? {} : { message }),
    });
    let condition: string | undefined;
    try {
      condition = breakCondition(id, asked);
    } catch (error) {
      return { id, asked, condition: "false", told: told(asked.line, (error as Error).message) };
    }
    const site = sites && findSite(sites, asked.line - 1, asked.column && asked.column - 1);
    if (site) return { id, asked, condition, told: told(site.original.line + 1) };
    const known = sites === undefined && this.#sources.text(path) !== undefined;
    const message = known ? undefined : sites ? "No code stands there." : "The source is not known.";
    return { id, asked, condition, told: told(asked.line, message) };
  }

  /** Sets what was asked for the source of a script that is about to run, or runs. */
  async place(script: LiveScript): Promise<void> {
    const points = this.#points.get(script.path);
    if (points === undefined) return;
    const sites = await this.#sites.ofScript(script);
    for (const point of points) {
      if (point.condition === "false") continue;
      const { line, column } = point.asked;
      const site = findSite(sites, line - 1, column && column - 1);
      if (site === undefined) continue;
      await this.#setAt(script, point, site);
      const now = site.original.line + 1;
      if (now === point.told.line && point.told.verified) continue;
      const { id, source } = point.told;
      point.told = { id, source, line: now, verified: true };
      this.#changed(point.told);
    }
  }

  async #setAt({ id: scriptId, path }: LiveScript, point: Point, { place }: Site): Promise<void> {
    const location = { scriptId, lineNumber: place.line, columnNumber: place.column };
    try {
      const { breakpointId } = await this.#inspector.request<Debugger.SetBreakpointReturnType>(
        "Debugger.setBreakpoint",
        { location, ...(point.condition === undefined ? {} : { condition: point.condition }) },
      );
      this.#set.set(breakpointId, { id: point.id, path });
    } catch {
      // another breakpoint has this very place: one stop serves both
    }
  }

  async #remove(path: string): Promise<void> {
    const old = [...this.#set].filter(([, { path: of }]) => of === path);
    for (const [breakpointId] of old) {
      this.#set.delete(breakpointId);
      await this.#inspector.request("Debugger.removeBreakpoint", { breakpointId }).catch(() => {});
    }
  }

  /** Our ids of the inspector's. */
  hit(breakpointIds: readonly string[]): number[] {
    return breakpointIds.flatMap((id) => this.#set.get(id)?.id ?? []);
  }

  /** [path, as asked] of every source that has some. */
  list(): readonly (readonly [string, readonly SourceBreakpoint[]])[] {
    return [...this.#points].map(([path, points]) => [path, points.map(({ asked }) => asked)]);
  }

  /** The process is a new one: what was set must be set again, by its scripts. */
  forgetScripts(): void {
    this.#set.clear();
    this.#sites.forget();
  }

  clear(): void {
    this.forgetScripts();
    this.#points.clear();
  }
}
