import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { currentSignal } from "./run.js";

/** ms that an interrupted program has to end by itself. */
const GRACE = 2000;

/** Runs a program whose prints appear as they come; resolves with its exit code, or the name of its signal. */
export function runProgram(
  command: string,
  parameters: readonly string[],
  cwd = process.cwd(),
): Promise<number | string> {
  const child = spawn(command, parameters, { cwd, stdio: ["ignore", "pipe", "pipe"], env: process.env });
  child.stdout.on("data", (chunk: Buffer) => process.stdout.write(chunk));
  child.stderr.on("data", (chunk: Buffer) => process.stderr.write(chunk));
  const signal = currentSignal();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    // to the group, as Ctrl-C in a terminal: what a script waits for has to end before the script does
    process.kill(0, "SIGINT");
    timer = setTimeout(() => child.kill("SIGKILL"), GRACE);
  };
  signal?.addEventListener("abort", stop);
  return new Promise<number | string>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, name) => resolve(code ?? name ?? ""));
  }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  });
}

/** npm as a command: the one that came with this Node, or the one in PATH. */
export function npmCommand(): [string, ...string[]] {
  const bin = dirname(process.execPath);
  const found = [join(bin, "..", "lib"), bin, "/usr/share"]
    .flatMap((folder) => [
      join(folder, "node_modules/npm/bin/npm-cli.js"),
      join(folder, "nodejs/npm/bin/npm-cli.js"),
    ])
    .find((path) => existsSync(path));
  return found === undefined ? ["npm"] : [process.execPath, found];
}
