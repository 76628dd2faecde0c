import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KernelError } from "gradlab-kernel";

/** The front end beside this package. */
const APP = new URL("../../../app/", import.meta.url);

/** The folder of the built front end. */
export const FRONT_END = fileURLToPath(new URL("dist", APP));

/** The program that builds it, in a clone; a package ships what it built. */
const BUILD = fileURLToPath(new URL("build/dist/main.js", APP));

/** Builds the front end unless it is up to date; returns the exit code of the build, which shows its progress. */
export function buildFrontEnd(): Promise<number> {
  if (!existsSync(BUILD)) {
    if (existsSync(`${FRONT_END}/build.json`)) return Promise.resolve(0);
    throw new KernelError("E_USAGE", "There is no front end to show.", {
      where: FRONT_END,
      hint: "Run `npm run build`, then `gradlab lab` again.",
    });
  }
  return run([BUILD], "inherit");
}

/** Whether the front end is there and made from the sources that are there. */
export async function isFrontEndBuilt(): Promise<boolean> {
  if (!existsSync(BUILD)) return existsSync(`${FRONT_END}/build.json`);
  return (await run([BUILD, "--check"], "ignore")) === 0;
}

function run(argv: readonly string[], output: "inherit" | "ignore"): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { stdio: ["ignore", output, output] });
    child.once("error", () => resolve(1));
    child.once("close", (code) => resolve(code ?? 1));
  });
}
