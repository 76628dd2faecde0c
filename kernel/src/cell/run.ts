import { constants, Script } from "node:vm";
import {
  cellFile,
  type CellProgram,
  type ErrorReport,
  type ExpressionResult,
  type Order,
  type Report,
} from "../link/index.js";
import { type StoppedFrame, takeStopped } from "./async-stack.js";
import { currentRun, Interrupted, interrupts, type Run, setLatest, within } from "./context.js";
import { reportError } from "./error-report.js";
import { metadataOf } from "../values/index.js";
import { formatValue } from "./format.js";
import { recycleSpool, report, reportAll } from "./reports.js";
import { keepResult } from "./results.js";
import { sourceLines } from "./source-lines.js";
import { findPlace, rememberProgram } from "./stack.js";
import { rememberNames } from "./variables.js";

/** The notebook's folder, wherever `%cd` leads. */
const FOLDER = process.cwd();

type RunOrder = Extract<Order, { kind: "run" }>;

/** The runs that began and have not ended, oldest first. */
const active = new Map<number, Run>();
/** Runs that were given up before they began. */
const cancelled = new Set<number>();
/** The last runs that ended; a cancel may come when its run has just ended. */
const ended = new Set<number>();
/** How many ended runs are remembered: more than one kernel has shells. */
const REMEMBERED = 1000;

/** Runs a cell; the answer may also come from `cancelRun`, when this never returns. */
export function runCell(order: RunOrder): void {
  if (cancelled.delete(order.run)) return;
  const run: Run = {
    run: order.run,
    messageId: order.messageId,
    name: order.name,
    silent: order.silent,
    allowStdin: order.allowStdin,
    controller: new AbortController(),
    finished: false,
  };
  if (order.spooled !== undefined && active.size === 0) recycleSpool(order.spooled);
  active.set(run.run, run);
  setLatest(run);
  within(run, () => start(run, order));
}

function start(run: Run, order: RunOrder): void {
  let value: unknown;
  try {
    value = evaluate(order.name, order.program);
  } catch (error) {
    endRun(run, { error: reportError(error) });
    return;
  }
  void complete(run, order, value);
}

/** Ends runs as interrupted; what still runs of any cell stops at its next await. */
export function cancelRuns(numbers: readonly number[]): void {
  interrupts.count += 1;
  const stopped = takeStopped();
  for (const number of numbers) {
    const run = active.get(number);
    if (run !== undefined) cancelRun(run, stopped.run === number ? stopped.frames : []);
    else if (!ended.has(number)) cancelEarly(number);
  }
}

function cancelRun(run: Run, frames: readonly StoppedFrame[]): void {
  const error = new Interrupted();
  run.controller.abort(error);
  const traceback = [`${error.name}: ${error.message}`];
  for (const { url, line, column } of frames) {
    const place = findPlace(url, line, column);
    if (place === undefined) continue;
    traceback.push("", ...sourceLines(place));
    break;
  }
  endRun(run, { error: { ename: error.name, evalue: error.message, traceback } });
}

/** The order to run it was swallowed by a termination, or is still to come. */
function cancelEarly(number: number): void {
  cancelled.add(number);
  const { name: ename, message: evalue } = new Interrupted();
  const error = { ename, evalue, traceback: [`${ename}: ${evalue}`] };
  report({ kind: "done", run: number, expressions: {}, error });
}

export function currentSignal(): AbortSignal | undefined {
  return currentRun()?.controller.signal;
}

function evaluate(name: string, program: CellProgram): unknown {
  const filename = cellFile(FOLDER, name);
  rememberProgram(filename, name, program);
  rememberNames(program.names);
  // the comment tells a debugger that this script has breakpoints to be set before it runs
  const script = new Script(`${program.code}\n//# sourceMappingURL=gradlab:cell`, {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext();
}

async function complete(run: Run, order: RunOrder, promised: unknown): Promise<void> {
  try {
    const value = await promised;
    const shown =
      value === undefined || order.silent || run.finished ? [] : await showResult(run, order, value);
    if (Object.keys(order.expressions).length === 0) return endRun(run, { before: shown });
    if (!run.finished) reportAll(shown);
    endRun(run, { expressions: await evaluateAll(order) });
  } catch (error) {
    endRun(run, { error: reportError(error) });
  }
}

/** Nothing, where a value has shown itself already. */
async function showResult(run: Run, order: RunOrder, value: unknown): Promise<Report[]> {
  keepResult(order.name, value);
  const data = await formatValue(value);
  if (Object.keys(data).length === 0) return [];
  return [{ kind: "result", run: run.run, data, metadata: metadataOf(value) }];
}

async function evaluateAll(order: RunOrder): Promise<Record<string, ExpressionResult>> {
  const results: Record<string, ExpressionResult> = {};
  for (const [key, program] of Object.entries(order.expressions)) {
    if ("error" in program) {
      results[key] = { status: "error", ...program.error };
      continue;
    }
    try {
      const value = await evaluate(`expression ${key}`, program);
      results[key] = { status: "ok", data: await formatValue(value), metadata: {} };
    } catch (error) {
      results[key] = { status: "error", ...reportError(error) };
    }
  }
  return results;
}

/** How a run ended. */
export interface Ending {
  readonly error?: ErrorReport;
  readonly expressions?: Record<string, ExpressionResult>;
  /** What is reported with it. */
  readonly before?: readonly Report[];
}

/** Answers a run, once. */
export function endRun(run: Run, { error, expressions = {}, before = [] }: Ending = {}): void {
  if (run.finished) return;
  run.finished = true;
  active.delete(run.run);
  ended.add(run.run);
  const [oldest] = ended;
  if (ended.size > REMEMBERED && oldest !== undefined) ended.delete(oldest);
  reportAll([...before, { kind: "done", run: run.run, expressions, ...(error ? { error } : {}) }]);
}
