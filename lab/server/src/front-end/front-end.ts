import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isObject, text, type Json } from "../http/index.js";

/** What a page is made of; paths are relative to the build's folder. */
export interface PageRecord {
  readonly title: string;
  readonly bodyClass: string;
  readonly scripts: readonly string[];
  readonly styles: readonly string[];
  readonly links: readonly Readonly<Record<string, string>>[];
  readonly config: Json;
}

/** The layout of `dist/` that this server reads. */
const FORMAT = 1;

/** A build of the front end. It may be replaced, or come, while the server runs. */
export class FrontEnd {
  readonly folder: string;
  #build: { readonly stamp: number; readonly json: Json } | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Why there are no pages; undefined when there are. */
  get fault(): string | undefined {
    const build = this.#read();
    if (build === undefined) return `There is no built front end in ${this.folder}.`;
    if (build["format"] === FORMAT) return undefined;
    return `The front end in ${this.folder} is of format ${String(build["format"])}, not ${FORMAT}.`;
  }

  /** `lab`, `tree`, `notebooks`, …; undefined for one that the build does not have. */
  page(name: string): PageRecord | undefined {
    const build = this.#read();
    const page = child(child(build, "pages"), name);
    const entry = child(child(build, "entries"), text(page?.["entry"]));
    if (page === undefined || entry === undefined) return undefined;
    const links = build?.["links"];
    return {
      title: text(page["title"], "gradlab"),
      bodyClass: text(page["bodyClass"]),
      scripts: strings(entry["scripts"]),
      styles: strings(entry["styles"]),
      links: Array.isArray(links) ? links.filter(isObject).map(stringRecord) : [],
      config: { ...child(build, "config"), ...child(page, "config") },
    };
  }

  versions(): Json {
    return child(this.#read(), "versions") ?? {};
  }

  /** A JSON file of the build, or undefined. */
  json(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.folder, name), "utf8"));
    } catch {
      return undefined;
    }
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  #read(): Json | undefined {
    const stamp = statSync(join(this.folder, "build.json"), { throwIfNoEntry: false })?.mtimeMs;
    if (stamp === undefined) return undefined;
    if (this.#build?.stamp === stamp) return this.#build.json;
    const json = this.json("build.json");
    if (!isObject(json)) return undefined;
    this.#build = { stamp, json };
    return json;
  }
}

function child(from: Json | undefined, name: string): Json | undefined {
  const value = from !== undefined && Object.hasOwn(from, name) ? from[name] : undefined;
  return isObject(value) ? value : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

function stringRecord(from: Json): Record<string, string> {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, String(value)]));
}
