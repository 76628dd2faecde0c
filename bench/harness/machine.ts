import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

/** One line: processor, cores, memory, Node. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${model}, ${cpus().length} cores, ${memory} GiB, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** First line that a command prints, or undefined where it is missing or fails. */
export function readVersion(command: string, args: readonly string[]): string | undefined {
  try {
    const out = execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return out.split("\n")[0]?.trim();
  } catch {
    return undefined;
  }
}

export function hasCommand(command: string): boolean {
  return readVersion(command, ["--version"]) !== undefined;
}
