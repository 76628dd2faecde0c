import { realpathSync } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fromSystem, ServerError } from "../errors.js";

/** Where an API path lies on disk. */
export interface Located {
  /** The API path, with slashes, without one at its ends; the root is "". */
  readonly path: string;
  /** In its folder, links of the last name not followed: what a rename or deletion means. */
  readonly entry: string;
  /** Links followed: what a read or a write means. */
  readonly target: string;
  readonly exists: boolean;
}

/** The folder that a server shows, and the only one. */
export class RootFolder {
  readonly folder: string;
  readonly allowHidden: boolean;

  constructor(folder: string, allowHidden = false) {
    this.folder = realpathSync(folder);
    this.allowHidden = allowHidden;
  }

  /**
   * Throws E_NOT_FOUND for dot-segments, hidden names and whatever leads outside, by names or by links: an answer
   * that tells the difference would say what is outside.
   */
  async locate(apiPath: string): Promise<Located> {
    const names = apiPath.split("/").filter((name) => name !== "");
    const path = names.join("/");
    for (const name of names) this.#checkName(name, path);
    if (names.length === 0) {
      return { path, entry: this.folder, target: this.folder, exists: true };
    }
    const parent = await this.#realParent(join(this.folder, ...names.slice(0, -1)), path);
    const entry = join(parent, names[names.length - 1]);
    const stats = await lstat(entry).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw fromSystem(error, path);
    });
    if (stats === undefined) return { path, entry, target: entry, exists: false };
    if (!stats.isSymbolicLink()) return { path, entry, target: entry, exists: true };
    const target = await realpath(entry).catch(() => undefined);
    if (target === undefined || !this.contains(target)) throw notFound(path);
    return { path, entry, target, exists: true };
  }

  /** As `locate`, for what must be there. */
  async locateExisting(apiPath: string): Promise<Located> {
    const located = await this.locate(apiPath);
    if (!located.exists) throw notFound(located.path);
    return located;
  }

  /** By whole names: "/data2" is not inside "/data". */
  contains(absolute: string): boolean {
    const prefix = this.folder.endsWith(sep) ? this.folder : this.folder + sep;
    return absolute === this.folder || absolute.startsWith(prefix);
  }

  isHidden(name: string): boolean {
    return !this.allowHidden && name.startsWith(".");
  }

  #checkName(name: string, path: string): void {
    // eslint-disable-next-line no-control-regex -- a zero byte ends file names in the system's calls
    const bad = name === "." || name === ".." || (sep === "\\" ? /[\\:\u0000]/ : /\u0000/).test(name);
    if (bad || this.isHidden(name)) throw notFound(path);
  }

  async #realParent(folder: string, path: string): Promise<string> {
    const real = await realpath(folder).catch((error: unknown) => {
      throw fromSystem(error, dirname(path));
    });
    if (!this.contains(real)) throw notFound(path);
    return real;
  }
}

function notFound(path: string): ServerError {
  return new ServerError("E_NOT_FOUND", "There is no such file or folder.", { where: path });
}
