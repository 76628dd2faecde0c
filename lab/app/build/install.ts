import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BuildError } from "./build-error.js";
import { hashLockfile } from "./hash-inputs.js";
import { APP, MODULES } from "./paths.js";

/** Written when an install ended well, so that one that was killed is not taken for whole. */
const STAMP = join(MODULES, ".gradlab-installed");

export function isInstalled(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === hashLockfile();
}

/** `npm ci` of the front end's own lockfile. @throws E_NETWORK, E_DISK, E_INSTALL */
export async function install(signal: AbortSignal): Promise<void> {
  const { code, output } = await runNpm(["ci", "--include=dev", "--no-audit", "--no-fund"], signal);
  if (code !== 0) throw explainNpm(output);
  writeFileSync(STAMP, hashLockfile());
}

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function runNpm(args: readonly string[], signal: AbortSignal): Promise<Ended> {
  const cli = npmCli();
  const [command, before] = cli === undefined ? ["npm", []] : [process.execPath, [cli]];
  const child = spawn(command, [...before, ...args], {
    cwd: APP,
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    shell: cli === undefined && process.platform === "win32",
    signal,
  });
  let output = "";
  const take = (data: Buffer): void => void (output = (output + data.toString("utf8")).slice(-20_000));
  child.stdout?.on("data", take);
  child.stderr?.on("data", take);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      reject(
        missing
          ? new BuildError("E_INSTALL", "npm was not found.", { hint: "Install npm beside Node." })
          : error,
      );
    });
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** npm's own script, run by this Node: no shell, and the same on every system. */
function npmCli(): string | undefined {
  const beside = dirname(process.execPath);
  return [
    process.env["npm_execpath"] ?? "",
    join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
  ].find((path) => path.endsWith("npm-cli.js") && existsSync(path));
}

/** Under `npm start` npm describes the outer project in variables that would bend the inner npm. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const bending =
    /^(npm_(package|lifecycle|command)|npm_config_(local_prefix|omit|include|workspace|prefix$))|^(INIT_CWD|NODE_ENV)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !bending.test(name)));
}

function explainNpm(output: string): BuildError {
  const lines = output.split("\n").filter((line) => /npm (error|ERR!)/.test(line));
  const cause = new Error(lines.slice(0, 12).join("\n"));
  if (/ENOSPC|EDQUOT/.test(output)) return new BuildError("E_DISK", "The disk is full.", { cause });
  if (
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/.test(
      output,
    )
  ) {
    return new BuildError("E_NETWORK", "npm could not fetch the front end's packages.", { cause });
  }
  process.stderr.write(`${lines.slice(0, 12).join("\n")}\n`);
  return new BuildError("E_INSTALL", "npm could not install the front end's packages.", { cause });
}
