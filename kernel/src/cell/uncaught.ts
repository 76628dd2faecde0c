import { inspect } from "node:util";
import { currentScope, runNumber, type Scope, within } from "./context.js";
import { reportError } from "./error-report.js";
import { isProcessExit } from "./process-exit.js";
import { report } from "./reports.js";

/** How many of one run are shown: a mistake in a loop over promises makes thousands. */
const SHOWN = 50;
let told = { run: 0, count: 0 };

/** Says something beside the cell's output. */
export function showNote(text: string): void {
  report({ kind: "stream", run: runNumber(), name: "stderr", text: `${text}\n` });
}

/** Shows an error as that of a cell, where the cell goes on. */
export function showError(thrown: unknown): void {
  const text = `${reportError(thrown).traceback.join("\n")}\n`;
  report({ kind: "stream", run: runNumber(), name: "stderr", text });
}

/** The latest error of a microtask, and what the microtask belonged to. */
let failed: { readonly thrown: unknown; readonly scope: Scope } | undefined;

/**
 * Keeps in mind what a microtask belongs to that throws: by the time Node tells of the error it has forgotten,
 * for microtasks alone.
 */
export function followMicrotasks(): void {
  const original = globalThis.queueMicrotask;
  globalThis.queueMicrotask = function queueMicrotask(callback) {
    if (typeof callback !== "function") return original(callback);
    original(() => {
      try {
        callback();
      } catch (thrown) {
        const scope = currentScope();
        failed = scope && { thrown, scope };
        throw thrown;
      }
    });
  };
}

/** Takes an error that nothing caught, from Node. */
export function takeUncaught(thrown: unknown): void {
  const scope = failed !== undefined && failed.thrown === thrown ? failed.scope : undefined;
  failed = undefined;
  if (scope !== undefined) within(scope, () => showUncaught(thrown));
  else showUncaught(thrown);
}

/** Shows what was thrown where no cell waits for it: in a timer, a comm's handler, a floating promise. */
export function showUncaught(thrown: unknown): void {
  if (isProcessExit(thrown) || isTermination(thrown)) return;
  const run = runNumber();
  if (run !== told.run) told = { run, count: 0 };
  told.count += 1;
  if (told.count > SHOWN) return;
  const lines = reportError(thrown).traceback;
  report({ kind: "stream", run, name: "stderr", text: `Uncaught ${lines.join("\n")}\n` });
  if (told.count === SHOWN)
    report({ kind: "stream", run, name: "stderr", text: "More like these are not shown.\n" });
}

/**
 * V8's own mark of a termination. It is no value of JavaScript, nothing can be done with it, and it reaches
 * handlers when a promise hook is what was stopped.
 */
function isTermination(thrown: unknown): boolean {
  if (typeof thrown === "object" || typeof thrown === "function") return false;
  try {
    inspect(thrown);
    return false;
  } catch {
    return true;
  }
}
