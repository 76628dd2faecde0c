import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { currentRun, interrupts, runNumber, settle, watch } from "./context.js";
import { clearOutput, display, displayBundle, html, latex, md, svg } from "./display.js";
import { Comm, comms, ownOutput } from "./comms.js";
import { report } from "./reports.js";
import { currentSignal } from "./run.js";
import { load } from "./load.js";
import { lowering } from "./lowering.js";

export interface GlobalsOptions {
  readonly flags: Int32Array;
  readonly text: SharedArrayBuffer;
  readonly require: NodeJS.Require;
}

/** What every cell finds without importing it. */
export function installGlobals(options: GlobalsOptions): void {
  const folder = process.cwd();
  const meta = {
    url: pathToFileURL(join(folder, "notebook.ts")).href,
    dirname: folder,
    filename: join(folder, "notebook.ts"),
    resolve: (specifier: string) => pathToFileURL(options.require.resolve(specifier)).href,
  };
  const input = (prompt = "", password = false): string | null => askUser(options, prompt, password);
  const jupyter = {
    display,
    displayBundle,
    clearOutput,
    html,
    md,
    svg,
    latex,
    Comm,
    comms,
    /** Aborted when the running cell is interrupted. */
    get signal(): AbortSignal | undefined {
      return currentSignal();
    },
    input: (prompt?: string) => input(prompt, false),
    password: (prompt?: string) => input(prompt, true),
  };
  const define = (name: string | symbol, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  };
  define("Jupyter", jupyter);
  define("display", display);
  define("prompt", (message?: string) => input(message, false));
  define("require", options.require);
  define("__gradlab", { settle, interrupts, watch, load, meta });
  define("babelHelpers", lowering);
  // for libraries that talk with the front end: widgets, whichever copy of them a cell imports
  define(Symbol.for("gradlab.kernel"), Object.create(jupyter, { ownOutput: { value: ownOutput } }));
  // the contract with libraries: they show things without importing the kernel
  define(Symbol.for("gradlab.display"), {
    display: displayBundle,
    clearOutput,
    get signal(): AbortSignal | undefined {
      return currentSignal();
    },
  });
}

/** Asks the front end and waits: the watchdog thread receives the answer. */
function askUser({ flags, text }: GlobalsOptions, prompt: string, password: boolean): string | null {
  if (currentRun()?.allowStdin === false) {
    throw new Error("This front end cannot be asked for input (allow_stdin is false).");
  }
  Atomics.store(flags, 1, 0);
  report({ kind: "input", run: runNumber(), prompt, password });
  while (Atomics.load(flags, 1) === 0) Atomics.wait(flags, 1, 0, 1000);
  const length = Atomics.load(flags, 2);
  return length < 0 ? null : Buffer.from(text, 0, length).toString("utf8");
}
