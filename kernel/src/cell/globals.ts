import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { createQuestions, type InputMemory } from "./ask-user.js";
import type { DeviceInfo } from "../link/index.js";
import { interrupts, settle, watch } from "./context.js";
import { formatValue } from "./format.js";
import { showError } from "./uncaught.js";
import { html, image, json, latex, markdown, plotly, svg, vega } from "../values/index.js";
import { clearOutput, display, displayBundle } from "./display.js";
import { Comm, comms, ownOutput } from "./comms.js";
import { exit, page, setNextInput } from "./payloads.js";
import { jobs } from "./jobs.js";
import { currentSignal } from "./run.js";
import { bind } from "./imports.js";
import { load, loadDynamic } from "./load.js";
import { magic } from "./magic.js";
import { report } from "./reports.js";
import { timer } from "./timer.js";
import { ownRequire } from "./own-modules.js";
import { lowering } from "./lowering.js";

export interface GlobalsOptions extends InputMemory {
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
  const questions = createQuestions(options);
  const jupyter = {
    display,
    displayBundle,
    clearOutput,
    html,
    md: markdown,
    markdown,
    svg,
    latex,
    image,
    json,
    vega,
    plotly,
    Comm,
    comms,
    /** Aborted when the running cell is interrupted. */
    get signal(): AbortSignal | undefined {
      return currentSignal();
    },
    input: questions.ask,
    password: questions.askPassword,
    page,
    setNextInput,
    exit,
  };
  const define = (name: string | symbol, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  };
  define("Jupyter", jupyter);
  define("display", display);
  define("prompt", questions.ask);
  define("confirm", questions.confirm);
  define("require", ownRequire(options.require));
  define("__gradlab", { settle, interrupts, watch, load, bind, magic, timer, meta, import: loadDynamic });
  define("babelHelpers", lowering);
  // for libraries that talk with the front end: widgets and jobs, whichever copy of them a cell imports
  define(
    Symbol.for("gradlab.kernel"),
    Object.assign(Object.create(jupyter) as object, {
      format: formatValue,
      ownOutput,
      showError,
      jobs,
      device: (device: DeviceInfo) => report({ kind: "device", device }),
    }),
  );
  // the contract with libraries: they show things without importing the kernel
  define(Symbol.for("gradlab.display"), {
    display: displayBundle,
    clearOutput,
    get signal(): AbortSignal | undefined {
      return currentSignal();
    },
  });
}
