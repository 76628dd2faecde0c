import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "../harness/index.js";

/** A server that was started as a user starts it, over a folder with one notebook. */
export interface Lab {
  readonly pid: number;
  /** What it printed: the notebook's page, with the token. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const PATIENCE = 60_000;
const NOTEBOOK = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: {
    kernelspec: { name: "gradlab", display_name: "TypeScript (gradlab)", language: "typescript" },
    language_info: { name: "typescript" },
  },
  cells: [{ id: "a", cell_type: "code", metadata: {}, source: "1+1", outputs: [], execution_count: null }],
};

export async function startLab(): Promise<Lab> {
  const home = mkdtempSync(join(tmpdir(), "gradlab-bench-lab-"));
  writeFileSync(join(home, "nb.ipynb"), JSON.stringify(NOTEBOOK));
  const main = join(repoRoot, "lab", "cli", "bin", "gradlab.js");
  const child = spawn(
    process.execPath,
    [main, "lab", home, "--port", "0", "--no-browser", "--open", "nb.ipynb"],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, XDG_DATA_HOME: join(home, ".data"), XDG_CONFIG_HOME: join(home, ".config") },
    },
  );
  const stop = async (): Promise<void> => {
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    if (child.exitCode === null && child.kill("SIGTERM")) {
      const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(timer);
    }
    rmSync(home, { recursive: true, force: true });
  };
  try {
    return { pid: child.pid ?? 0, url: await addressOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string): void => reject(new Error(`gradlab lab ${why}.\n${said}`.trim()));
    const timer = setTimeout(() => fail(`printed no address within ${PATIENCE / 1000} s`), PATIENCE);
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data: Buffer) => {
        said += data.toString();
        const url = /http:\S+/.exec(said)?.[0];
        if (url === undefined || !said.includes("Stop it with")) return;
        clearTimeout(timer);
        resolve(url);
      });
    child.once("error", ({ message }) => fail(message));
    child.once("close", (code) => fail(`ended with code ${code}`));
  });
}
