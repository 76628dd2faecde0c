import { runNumber } from "./context.js";
import { reportError } from "./error-report.js";
import { report } from "./reports.js";

/** Says something beside the cell's output. */
export function showNote(text: string): void {
  report({ kind: "stream", run: runNumber(), name: "stderr", text: `${text}\n` });
}

/** Shows an error as that of a cell, where the cell goes on. */
export function showError(thrown: unknown): void {
  const text = `${reportError(thrown).traceback.join("\n")}\n`;
  report({ kind: "stream", run: runNumber(), name: "stderr", text });
}

/** Shows what was thrown where no cell waits for it: in a timer, a comm's handler, a floating promise. */
export function showUncaught(thrown: unknown): void {
  const lines = tracebackOf(thrown);
  if (lines.length === 0) return;
  report({ kind: "stream", run: runNumber(), name: "stderr", text: `Uncaught ${lines.join("\n")}\n` });
}

/**
 * Nothing for V8's own mark of a termination: it is no value of JavaScript (every operation on it throws) and
 * reaches handlers when a promise hook is what was stopped. A handler that throws would end the process.
 */
function tracebackOf(thrown: unknown): readonly string[] {
  try {
    return reportError(thrown).traceback;
  } catch {
    return [];
  }
}
