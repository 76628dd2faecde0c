import { join } from "node:path";
import { constants, Script } from "node:vm";
import type { CellProgram, ErrorReport, ExpressionResult, Order } from "../link/index.js";
import { takeStoppedAt } from "./async-stack.js";
import { Interrupted, interrupts, type Run, setLatest } from "./context.js";
import { reportError } from "./error-report.js";
import { formatValue } from "./format.js";
import { barrier, report } from "./reports.js";
import { sourceLines } from "./source-lines.js";
import { findPlace, rememberProgram } from "./stack.js";

type RunOrder = Extract<Order, { kind: "run" }>;

let current: Run | undefined;
/** The last run that was given up before it began. */
let cancelled = 0;

/** Runs a cell; the answer may also come from `cancelRun`, when this never returns. */
export function runCell(order: RunOrder): void {
  if (order.run <= cancelled) return;
  const run: Run = {
    run: order.run,
    messageId: order.messageId,
    silent: order.silent,
    allowStdin: order.allowStdin,
    controller: new AbortController(),
    finished: false,
  };
  current = run;
  setLatest(run);
  barrier();
  let value: unknown;
  try {
    value = evaluate(order.name, order.program);
  } catch (error) {
    finish(run, reportError(error));
    return;
  }
  void complete(run, order, value);
}

/** Ends the current run as interrupted; what still runs of it stops at its next await. */
export function cancelRun(number: number): void {
  interrupts.count += 1;
  const run = current;
  const error = new Interrupted();
  if (number > (run?.run ?? 0)) {
    // the order to run it was swallowed by a termination, or is still to come
    cancelled = number;
    const traceback = [`${error.name}: ${error.message}`];
    report({
      kind: "done",
      run: number,
      expressions: {},
      error: { ename: error.name, evalue: error.message, traceback },
    });
    return;
  }
  if (run === undefined || run.finished || run.run !== number) return;
  run.controller.abort(error);
  const traceback = [`${error.name}: ${error.message}`];
  for (const { url, line, column } of takeStoppedAt()) {
    const place = findPlace(url, line, column);
    if (place === undefined) continue;
    traceback.push("", ...sourceLines(place));
    break;
  }
  finish(run, { ename: error.name, evalue: error.message, traceback });
}

export function currentSignal(): AbortSignal | undefined {
  return current?.controller.signal;
}

function evaluate(name: string, program: CellProgram): unknown {
  // a path in the notebook's folder: what the cell imports is looked up from there
  const filename = join(process.cwd(), `${name.replaceAll(" ", "-")}.ts`);
  rememberProgram(filename, name, program);
  const script = new Script(program.code, {
    filename,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext();
}

async function complete(run: Run, order: RunOrder, promised: unknown): Promise<void> {
  try {
    const value = await promised;
    if (value !== undefined && !order.silent && !run.finished) {
      const data = await formatValue(value);
      if (!run.finished) report({ kind: "result", run: run.run, data, metadata: {} });
    }
    finish(run, undefined, await evaluateAll(order));
  } catch (error) {
    finish(run, reportError(error));
  }
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

function finish(run: Run, error?: ErrorReport, expressions: Record<string, ExpressionResult> = {}): void {
  if (run.finished) return;
  run.finished = true;
  barrier();
  report({ kind: "done", run: run.run, expressions, ...(error ? { error } : {}) });
}
