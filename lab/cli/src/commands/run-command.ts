import { basename, dirname, extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { KernelError, type TypeCheckMode } from "gradlab-kernel";
import { parseParameters } from "../notebook/index.js";
import { runNotebook } from "./run.js";

const MODES: readonly string[] = ["warn", "block", "off"];

/** `gradlab run NOTEBOOK …`. */
export async function runCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      output: { type: "string", short: "o" },
      timeout: { type: "string" },
      "allow-errors": { type: "boolean" },
      parameters: { type: "string", short: "p", multiple: true },
      "type-check": { type: "string" },
      quiet: { type: "boolean", short: "q" },
    },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new KernelError("E_USAGE", "Name one notebook to run.");
  const timeout = values.timeout === undefined ? undefined : Number(values.timeout);
  if (timeout !== undefined && !(timeout > 0)) {
    throw new KernelError("E_USAGE", `--timeout ${values.timeout} is not a number of seconds.`);
  }
  const mode = values["type-check"];
  if (mode !== undefined && !MODES.includes(mode)) {
    throw new KernelError("E_USAGE", `--type-check ${mode} is not one of ${MODES.join(", ")}.`);
  }
  const cancel = new AbortController();
  const stop = (): void => cancel.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const quiet = values.quiet === true;
  const { stdout } = process;
  const result = await runNotebook(resolve(path), {
    output: resolve(values.output ?? besides(path)),
    allowErrors: values["allow-errors"] === true,
    parameters: parseParameters(values.parameters ?? []),
    signal: cancel.signal,
    screen: {
      write: (text) => void (quiet || stdout.write(text)),
      writeError: (text) => void process.stderr.write(text),
      isTTY: stdout.isTTY === true && !quiet,
      columns: stdout.columns ?? 80,
    },
    ...(timeout === undefined ? {} : { timeout: timeout * 1000 }),
    ...(mode === undefined ? {} : { typeCheck: mode as TypeCheckMode }),
  });
  if (result.message !== "") console.error(result.message);
  return result.exitCode;
}

function besides(path: string): string {
  return join(dirname(path), `${basename(path, extname(path))}.out.ipynb`);
}
