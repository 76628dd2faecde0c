import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { dataFolders, ownKernelSpec } from "gradlab-kernel";
import { isObject, type Json } from "../http/index.js";

export interface KernelSpec {
  readonly name: string;
  /** kernel.json as it is. */
  readonly json: Json;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly interruptMode: "message" | "signal";
  /** Where its logos are; undefined for our own. */
  readonly folder: string | undefined;
  /** Files offered to front ends: `logo-svg` → `logo-svg.svg`. */
  readonly resources: Readonly<Record<string, string>>;
}

const OWN = "gradlab";
const RESOURCE = /^(logo-.*|kernel\.(js|css))$/;

/** The kernels of this machine. */
export class KernelSpecs {
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#env = env;
  }

  readonly defaultName = OWN;

  /** By name, the first found of each; ours is the one of this package whatever is installed. */
  list(): KernelSpec[] {
    const found = new Map<string, KernelSpec>([[OWN, ownSpec()]]);
    for (const data of dataFolders({ env: this.#env })) {
      const parent = join(data, "kernels");
      for (const name of namesIn(parent)) {
        const spec = found.has(name) ? undefined : readSpec(name, join(parent, name));
        if (spec !== undefined) found.set(name, spec);
      }
    }
    return [...found.values()];
  }

  get(name: string): KernelSpec | undefined {
    return this.list().find((spec) => spec.name === name);
  }
}

function ownSpec(): KernelSpec {
  const spec = ownKernelSpec();
  return {
    name: OWN,
    json: { ...spec },
    argv: [...spec.argv, "--end-with-stdin"],
    env: spec.env,
    interruptMode: spec.interrupt_mode,
    folder: undefined,
    resources: { "logo-svg": "logo-svg.svg" },
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[A-Za-z0-9._-]+$/.test(name) && !name.startsWith("."));
  } catch {
    return [];
  }
}

/** Undefined where there is no readable kernel.json with a command. */
function readSpec(name: string, folder: string): KernelSpec | undefined {
  try {
    const json: unknown = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    if (!isObject(json) || !Array.isArray(json["argv"]) || json["argv"].length === 0) return undefined;
    const env = isObject(json["env"]) ? json["env"] : {};
    const files = readdirSync(folder).filter((file) => RESOURCE.test(file));
    return {
      name,
      json: { display_name: name, language: "", ...json },
      argv: json["argv"].map(String),
      env: Object.fromEntries(Object.entries(env).map(([key, value]) => [key, String(value)])),
      interruptMode: json["interrupt_mode"] === "message" ? "message" : "signal",
      folder,
      resources: Object.fromEntries(files.map((file) => [resourceName(file), file])),
    };
  } catch {
    return undefined;
  }
}

function resourceName(file: string): string {
  return file.startsWith("logo-") ? file.slice(0, file.length - extname(file).length) : file;
}
