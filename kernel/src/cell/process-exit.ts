import { currentRun } from "./context.js";
import { report } from "./reports.js";
import { endRun } from "./run.js";

/** Thrown where a cell asks the process to exit: nothing after it runs. */
class ProcessExit extends Error {
  override readonly name = "ProcessExit";
}

/** True for what `process.exit` throws: it has been told of already. */
export function isProcessExit(thrown: unknown): boolean {
  return thrown instanceof ProcessExit;
}

/**
 * Makes `process.exit` the end of a cell instead of the end of the notebook's variables: the cell stops there,
 * and the front end is asked whether it wants to close. With a code other than 0 the cell fails, so that the
 * cells after it do not run.
 */
export function keepProcess(): void {
  process.exit = (code?: number | string | null): never => {
    const shown = `process.exit(${code ?? ""})`;
    const sentence = `${shown} ended the cell; the kernel and its variables stay.`;
    const run = currentRun();
    if (run === undefined || run.finished) {
      const text = `${shown} was called by code that a cell left running; the kernel and its variables stay.\n`;
      report({ kind: "stream", run: run?.run ?? 0, name: "stderr", text });
    } else if (Number(code ?? 0) === 0) {
      report({ kind: "payload", run: run.run, payload: { source: "ask_exit", keepkernel: false } });
      report({ kind: "stream", run: run.run, name: "stderr", text: `${sentence}\n` });
      endRun(run);
    } else {
      const error = { ename: "ProcessExit", evalue: sentence, traceback: [`ProcessExit: ${sentence}`] };
      endRun(run, { error });
    }
    throw new ProcessExit(sentence);
  };
}
