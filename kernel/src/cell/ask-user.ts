import { currentRun, runNumber } from "./context.js";
import { report } from "./reports.js";

/** What the watchdog thread hands answers over with. */
export interface InputMemory {
  /** [1] state of the question (0 asked, 1 answered), [2] bytes of the answer, below 0 for none. */
  readonly flags: Int32Array;
  readonly text: SharedArrayBuffer;
}

export interface Questions {
  /** The user's line, or null when there is none; a fallback stands for an empty line. */
  readonly ask: (question?: string, fallback?: string) => string | null;
  readonly askPassword: (question?: string) => string | null;
  /** True for an answer that begins with y. */
  readonly confirm: (question?: string) => boolean;
}

/** Thrown where nobody can be asked; ipykernel's name, by which front ends know it. */
class StdinNotImplementedError extends Error {
  override readonly name = "StdinNotImplementedError";
}

/** Questions to whoever sits at the front end; they hold the cell until there is an answer. */
export function createQuestions(memory: InputMemory): Questions {
  const ask = (prompt: string, password: boolean): string | null => {
    if (currentRun()?.allowStdin === false) {
      throw new StdinNotImplementedError(
        "This front end cannot be asked for input: it ran the cell with allow_stdin = false.",
      );
    }
    Atomics.store(memory.flags, 1, 0);
    report({ kind: "input", run: runNumber(), prompt, password });
    while (Atomics.load(memory.flags, 1) === 0) Atomics.wait(memory.flags, 1, 0, 1000);
    const length = Atomics.load(memory.flags, 2);
    return length < 0 ? null : Buffer.from(memory.text, 0, length).toString("utf8");
  };
  // cells are not always typed
  const said = (question: string | undefined): string => (question === undefined ? "" : `${question}`);
  return {
    ask(question, fallback) {
      const answer = ask(said(question), false);
      return answer === "" && fallback !== undefined ? `${fallback}` : answer;
    },
    askPassword: (question) => ask(said(question), true),
    confirm: (question) => /^\s*y/i.test(ask(`${said(question)} [y/N] `, false) ?? ""),
  };
}
