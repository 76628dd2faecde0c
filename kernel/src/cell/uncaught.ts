import { runNumber } from "./context.js";
import { reportError } from "./error-report.js";
import { report } from "./reports.js";

/** Shows what was thrown where no cell waits for it: in a timer, a comm's handler, a floating promise. */
export function showUncaught(thrown: unknown): void {
  const lines = reportError(thrown).traceback;
  report({ kind: "stream", run: runNumber(), name: "stderr", text: `Uncaught ${lines.join("\n")}\n` });
}
