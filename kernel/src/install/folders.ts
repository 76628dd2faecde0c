import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** Where a kernelspec goes: for this user unless told otherwise. */
export interface InstallTarget {
  /** PREFIX/share/jupyter. */
  readonly prefix?: string;
  /** The prefix of the running Python environment (VIRTUAL_ENV, CONDA_PREFIX), or else of Node. */
  readonly sysPrefix?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The `share/jupyter` folder that the options name. */
export function targetFolder(target: InstallTarget): string {
  const env = target.env ?? process.env;
  if (target.prefix !== undefined) return join(target.prefix, "share", "jupyter");
  if (target.sysPrefix === true) return join(systemPrefix(env), "share", "jupyter");
  return userFolder(env);
}

/** Where Jupyter looks, in its order. */
export function dataFolders(target: InstallTarget): string[] {
  const env = target.env ?? process.env;
  if (target.prefix !== undefined || target.sysPrefix === true) return [targetFolder(target)];
  const path = (env["JUPYTER_PATH"] ?? "").split(delimiter).filter(Boolean);
  const system = process.platform === "win32" ? [] : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  return [...new Set([...path, userFolder(env), join(systemPrefix(env), "share", "jupyter"), ...system])];
}

function userFolder(env: Readonly<Record<string, string | undefined>>): string {
  const home = env["HOME"] ?? homedir();
  if (env["JUPYTER_DATA_DIR"]) return env["JUPYTER_DATA_DIR"];
  if (process.platform === "win32") return join(env["APPDATA"] ?? home, "jupyter");
  if (process.platform === "darwin") return join(home, "Library", "Jupyter");
  return join(env["XDG_DATA_HOME"] ?? join(home, ".local", "share"), "jupyter");
}

function systemPrefix(env: Readonly<Record<string, string | undefined>>): string {
  return env["VIRTUAL_ENV"] ?? env["CONDA_PREFIX"] ?? dirname(dirname(process.execPath));
}
