import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.js";
import type { JsonObject } from "../wire/index.js";
import { LOGO } from "./logo.js";
import { dataFolders, type InstallTarget, targetFolder } from "./folders.js";

export interface InstallOptions extends InstallTarget {
  /** The folder's name; by default `gradlab`. */
  readonly name?: string;
}

export interface InstalledKernelSpec {
  readonly name: string;
  readonly folder: string;
  readonly displayName: string;
  readonly language: string;
  readonly argv: readonly string[];
}

const MAIN = fileURLToPath(new URL("../main.js", import.meta.url));

/** kernel.json of this kernel. */
export function ownKernelSpec(): {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: "message" | "signal";
  readonly env: Readonly<Record<string, string>>;
  readonly metadata: JsonObject;
} {
  return {
    argv: [process.execPath, MAIN, "--connection-file", "{connection_file}"],
    display_name: "TypeScript (gradlab)",
    language: "typescript",
    interrupt_mode: "message",
    env: {},
    metadata: { debugger: true },
  };
}

/**
 * Writes the kernelspec for the user, for a prefix or for the system; an older one is replaced whole.
 * Returns its folder. Throws E_INSTALL where the folder cannot be written.
 */
export function installKernelSpec(options: InstallOptions = {}): string {
  const name = checkName(options.name ?? "gradlab");
  const parent = join(targetFolder(options), "kernels");
  const folder = join(parent, name);
  const temporary = join(parent, `.${name}.${process.pid}.tmp`);
  try {
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    writeFileSync(join(temporary, "kernel.json"), `${JSON.stringify(ownKernelSpec(), null, 2)}\n`);
    writeFileSync(join(temporary, "logo-svg.svg"), LOGO);
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

/** Removes a kernelspec; false when there was none. */
export function removeKernelSpec(options: InstallOptions = {}): boolean {
  const folder = join(targetFolder(options), "kernels", checkName(options.name ?? "gradlab"));
  if (!existsSync(join(folder, "kernel.json"))) return false;
  rmSync(folder, { recursive: true, force: true });
  return true;
}

function readSpec(name: string, folder: string): InstalledKernelSpec | undefined {
  try {
    const json = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as Record<string, unknown>;
    return {
      name,
      folder: resolve(folder),
      displayName: typeof json["display_name"] === "string" ? json["display_name"] : name,
      language: typeof json["language"] === "string" ? json["language"] : "",
      argv: Array.isArray(json["argv"]) ? json["argv"].map(String) : [],
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
