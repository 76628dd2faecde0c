import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.js";
import type { JsonObject } from "../wire/index.js";
import { LOGO } from "./logo.js";
import { dataFolders, type InstallTarget, targetFolder } from "./folders.js";

export interface InstallOptions extends InstallTarget {
  /** The folder's name; by default `gradlab`. */
  readonly name?: string;
  /** Takes over the notebooks that were saved for another kernel: the folder's name is that kernel's. */
  readonly alias?: string;
  /** Takes the name of another's kernelspec; removing ours brings it back. */
  readonly force?: boolean;
}

/** Kernels whose notebooks run here, and what these are written in. */
export const KERNEL_ALIASES = {
  tslab: "typescript",
  jslab: "javascript",
  typescript: "typescript",
  javascript: "javascript",
} as const;

export interface InstalledKernelSpec {
  readonly name: string;
  readonly folder: string;
  readonly displayName: string;
  readonly language: string;
  readonly argv: readonly string[];
  /** Starts this kernel, of whichever installation. */
  readonly ours: boolean;
}

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));

/** kernel.json of this kernel; of an alias, in the language of its notebooks. */
export function ownKernelSpec(alias?: keyof typeof KERNEL_ALIASES): {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
  readonly env: Readonly<Record<string, string>>;
  readonly metadata: JsonObject;
} {
  const javascript = alias !== undefined && KERNEL_ALIASES[alias] === "javascript";
  const name = javascript ? "JavaScript" : "TypeScript";
  const argv = [process.execPath, MAIN, "--connection-file", "{connection_file}"];
  return {
    argv: javascript ? [...argv, "--language", "javascript"] : argv,
    display_name: alias === undefined ? `${name} (gradlab)` : `${name} (gradlab for ${alias})`,
    language: javascript ? "javascript" : "typescript",
    interrupt_mode: "message",
    env: {},
    metadata: { debugger: true, gradlab: true },
  };
}

/**
 * Writes the kernelspec for the user, for a prefix or for the system; an older one of ours is replaced whole.
 * Returns its folder. Throws E_INSTALL where the name is another kernel's (`force` takes it over, and keeps
 * that kernel's files for `removeKernelSpec`), and where the folder cannot be written.
 */
export function installKernelSpec(options: InstallOptions = {}): string {
  const { name, alias } = target(options);
  const folder = join(targetFolder(options), "kernels", name);
  const temporary = join(targetFolder(options), "kernels", `.${name}.${process.pid}.tmp`);
  const foreign = findForeign(options, name);
  if (foreign !== undefined && options.force !== true) {
    throw new KernelError(
      "E_INSTALL",
      `The name "${name}" is that of another kernel, ${foreign.displayName}.`,
      {
        hint: "--force takes its notebooks over; `gradlab kernel remove` gives them back.",
        where: foreign.folder,
      },
    );
  }
  try {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    writeFileSync(join(temporary, "kernel.json"), `${JSON.stringify(ownKernelSpec(alias), null, 2)}\n`);
    writeFileSync(join(temporary, "logo-svg.svg"), LOGO);
    if (foreign?.folder === resolve(folder)) setAside(folder, keptFolder(options, name));
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } catch (cause) {
    rmSync(temporary, { recursive: true, force: true });
    throw new KernelError("E_INSTALL", `The kernelspec cannot be written: ${(cause as Error).message}.`, {
      where: folder,
      cause,
    });
  }
  return folder;
}

/** Where another's kernelspec waits for its name to come free; not under `kernels`, where Jupyter would list it. */
function keptFolder(options: InstallOptions, name: string): string {
  return join(targetFolder(options), "gradlab", "replaced-kernels", name);
}

function setAside(folder: string, kept: string): void {
  rmSync(kept, { recursive: true, force: true });
  mkdirSync(dirname(kept), { recursive: true });
  renameSync(folder, kept);
}

/** The kernelspec of that name that Jupyter finds, if it is not ours. */
function findForeign(options: InstallOptions, name: string): InstalledKernelSpec | undefined {
  const own = readSpec(name, join(targetFolder(options), "kernels", name));
  const found = own ?? listKernelSpecs(options).find((spec) => spec.name === name);
  return found === undefined || found.ours ? undefined : found;
}

function target(options: InstallOptions): { name: string; alias?: keyof typeof KERNEL_ALIASES } {
  const { alias } = options;
  if (alias === undefined) return { name: checkName(options.name ?? "gradlab") };
  if (Object.hasOwn(KERNEL_ALIASES, alias)) {
    return { name: alias, alias: alias as keyof typeof KERNEL_ALIASES };
  }
  throw new KernelError("E_INSTALL", `gradlab does not stand in for a kernel "${alias}".`, {
    hint: `It does for ${Object.keys(KERNEL_ALIASES).join(", ")}.`,
  });
}

/** The kernelspecs that Jupyter would find, the first of each name. */
export function listKernelSpecs(options: InstallTarget = {}): InstalledKernelSpec[] {
  const found = new Map<string, InstalledKernelSpec>();
  for (const data of dataFolders(options)) {
    const parent = join(data, "kernels");
    if (!existsSync(parent)) continue;
    for (const entry of readdirSync(parent, { withFileTypes: true })) {
      const read = entry.name.startsWith(".") ? undefined : readSpec(entry.name, join(parent, entry.name));
      if (read && !found.has(read.name)) found.set(read.name, read);
    }
  }
  return [...found.values()];
}

/**
 * Removes a kernelspec of ours, and puts back the one whose name it had taken; false when there was none.
 * Throws E_INSTALL for another's kernelspec, unless `force` is set.
 */
export function removeKernelSpec(options: InstallOptions = {}): boolean {
  const { name } = target(options);
  const folder = join(targetFolder(options), "kernels", name);
  const found = readSpec(name, folder);
  if (found === undefined) return false;
  if (!found.ours && options.force !== true) {
    throw new KernelError("E_INSTALL", `"${name}" is another's kernel, ${found.displayName}.`, {
      hint: "--force removes it for good.",
      where: folder,
    });
  }
  rmSync(folder, { recursive: true, force: true });
  const kept = keptFolder(options, name);
  if (found.ours && existsSync(kept)) renameSync(kept, folder);
  return true;
}

function readSpec(name: string, folder: string): InstalledKernelSpec | undefined {
  try {
    const json = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as Record<string, unknown>;
    const argv = Array.isArray(json["argv"]) ? json["argv"].map(String) : [];
    const metadata = json["metadata"] as { gradlab?: unknown } | undefined;
    return {
      name,
      folder: resolve(folder),
      displayName: typeof json["display_name"] === "string" ? json["display_name"] : name,
      language: typeof json["language"] === "string" ? json["language"] : "",
      argv,
      // kernelspecs of before the mark are known by what they start
      ours:
        metadata?.gradlab === true ||
        argv.some((part) => /\bgradlab-kernel\b|kernel[\\/]dist[\\/]main\.js$/.test(part)),
    };
  } catch {
    return undefined;
  }
}

function checkName(name: string): string {
  if (/^[A-Za-z0-9._-]+$/.test(name) && !/^\.+$/.test(name)) return name;
  throw new KernelError("E_INSTALL", `"${name}" cannot be the name of a kernel.`, {
    hint: "Use letters, digits, dots, dashes and underscores.",
  });
}
