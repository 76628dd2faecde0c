import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { CatalogueEntry } from "./catalogue.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where data sets are kept: GRADLAB_DATA_DIR, or in the user's cache as the system has it. */
export function datasetsFolder(env: Environment = process.env): string {
  if (env["GRADLAB_DATA_DIR"]) return env["GRADLAB_DATA_DIR"];
  const home = env["HOME"] ?? homedir();
  if (process.platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "gradlab", "datasets");
  if (process.platform === "darwin") return join(home, "Library", "Caches", "gradlab", "datasets");
  return join(env["XDG_CACHE_HOME"] || join(home, ".cache"), "gradlab", "datasets");
}

/** The version is part of the name: another pin is another folder. */
export function datasetFolder({ name, package: id }: CatalogueEntry, root = datasetsFolder()): string {
  return join(root, `${name}-${id.slice(id.lastIndexOf("@") + 1)}`);
}

/** A folder gets its name when it is complete. */
export function isAdded(entry: CatalogueEntry, root?: string): boolean {
  return existsSync(datasetFolder(entry, root));
}
