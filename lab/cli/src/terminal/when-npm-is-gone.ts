import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** ms between two looks. */
const EVERY = 500;

/**
 * Calls back when the npm that started this process has ended. It hands on some of the signals that end it, to a shell that
 * need not hand them on, and none when it is killed.
 */
export function whenNpmIsGone(then: () => void): void {
  const npm = process.env["npm_lifecycle_event"] === undefined ? undefined : npmAbove(process.ppid);
  if (npm === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && isThere(npm)) return;
    clearInterval(timer);
    then();
  }, EVERY).unref(); // what ends for another reason does not wait for npm, which waits for it
}

/** This process or the one above it: npm runs a script by a shell, which some systems' shells give way to. */
function npmAbove(pid: number): number | undefined {
  const near = look(pid);
  if (near === undefined || near.name.startsWith("npm")) return near && pid;
  return look(near.parent)?.name.startsWith("npm") === true ? near.parent : undefined;
}

function look(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    if (process.platform === "linux") {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
      return { name: field("Name"), parent: Number(field("PPid")) };
    }
    const [, parent = "", name = ""] =
      /^\s*(\d+)\s+(.*)$/m.exec(
        execFileSync("ps", ["-o", "ppid=,command=", "-p", String(pid)], { encoding: "utf8" }),
      ) ?? [];
    return { name, parent: Number(parent) };
  } catch {
    return undefined; // it is gone already, or this system tells nothing
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
