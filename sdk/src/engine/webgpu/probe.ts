import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DRIVER_VARIABLE } from "./driver.js";
import type { Adapter } from "./vulkan.js";

export interface Probe {
  /** The adapter in use; its name is known where Vulkan is. */
  readonly adapter?: Adapter;
  /** Why programs cannot run on a GPU here. */
  readonly reason?: string;
}

/** A driver that has not answered by then hangs. */
const PATIENCE_MS = 60_000;

const known = new Map<string, Promise<Probe>>();

/** Asks for a GPU and copies a few values there and back, in a process of its own; once for each driver. */
export function probe(driver = process.env[DRIVER_VARIABLE] || "system"): Promise<Probe> {
  const asked = known.get(driver) ?? ask(driver);
  known.set(driver, asked);
  return asked;
}

function ask(driver: string): Promise<Probe> {
  const script = fileURLToPath(new URL("./probe-main.js", import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [script, driver], { timeout: PATIENCE_MS }, (error, stdout) => {
      // A driver may end the process while it is being shut down, after it has answered.
      const answer = parse(stdout);
      if (answer) resolve(answer);
      else if (error?.killed)
        resolve({ reason: `The GPU's driver did not answer in ${PATIENCE_MS / 1000} s.` });
      else
        resolve({
          reason: `The GPU's driver ended the process (${error?.signal ?? `code ${error?.code}`}).`,
        });
    });
  });
}

function parse(stdout: string): Probe | undefined {
  const line = stdout.split("\n").find((text) => text.startsWith("{"));
  return line === undefined ? undefined : (JSON.parse(line) as Probe);
}
