import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const SERVE = fileURLToPath(new URL("children/serve.js", import.meta.url));

/** A server in a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly address: string;
  readonly token: string;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Ends it by a signal; resolves when it is gone. */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-serve-"));
  mkdirSync(join(folder, "root"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function serve(t: TestContext, folder: string): Promise<ServerProcess> {
  const child = spawn(process.execPath, [SERVE, folder], { stdio: ["ignore", "pipe", "ignore"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  t.after(() => child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  const { address, token } = JSON.parse(line) as { address: string; token: string };
  return {
    child,
    address,
    token,
    fetch: (path, init = {}) =>
      fetch(address + path, { ...init, headers: { Authorization: `token ${token}` } }),
    kill: async (signal) => {
      child.kill(signal);
      await exited;
    },
  };
}
