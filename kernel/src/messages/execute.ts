import { setTimeout as delay } from "node:timers/promises";
import type { Diagnostic } from "../checker/index.js";
import type { CellProgram, ErrorReport, Payload } from "../link/index.js";
import {
  type Help,
  type Outcome,
  splitHelp,
  syntaxReport,
  transformCell,
  type TransformOptions,
} from "../session/index.js";
import type { JsonObject } from "../wire/index.js";
import { forgetComms } from "./comm.js";
import { type CellRequest, cellRequest, type Context, type Request } from "./context.js";
import { describe } from "./describe.js";
import { runMagics } from "./run-magics.js";

/** The fields of execute_request, with the protocol's defaults. */
interface Execution {
  readonly code: string;
  readonly silent: boolean;
  readonly storeHistory: boolean;
  readonly allowStdin: boolean;
  readonly stopOnError: boolean;
  readonly expressions: Readonly<Record<string, unknown>>;
}

/** How long, in ms, a cell waits for its types to be checked; where errors keep it from running, it waits longer. */
const TYPE_GATE = { warn: 300, block: 10_000 } as const;
/** TypeScript's code for a module that it cannot find. */
const MODULE_MISSING = 2307;
/** How many requests are remembered for output that comes late. */
const REMEMBERED = 512;

/** execute_request → the reply's content; outputs go to iopub on the way. */
export async function execute(context: Context, request: Request): Promise<JsonObject> {
  const execution = readExecution(request.message.content);
  const { shell } = request;
  if (execution.storeHistory) shell.executionCount += 1;
  const count = shell.executionCount;
  const parent = request.message.header;
  if (!execution.silent) {
    context.publisher.publish("execute_input", { code: execution.code, execution_count: count }, parent);
  }
  if (execution.storeHistory) shell.history.add(count, execution.code);
  const payload: Payload[] = [];
  shell.running = { request, interrupted: false, payload };
  try {
    const { code, help } = splitHelp(execution.code);
    const outcome = await runCell(context, request, { ...execution, code }, count);
    if (outcome.error) {
      if (!execution.silent) context.publisher.publish("error", { ...outcome.error }, parent);
      return { status: "error", execution_count: count, ...outcome.error, payload, user_expressions: {} };
    }
    if (help !== undefined && !execution.silent) payload.push(...(await answerHelp(context, request, help)));
    return { status: "ok", execution_count: count, payload, user_expressions: outcome.expressions };
  } finally {
    shell.running = undefined;
    shell.asked = undefined;
    context.publisher.flush();
  }
}

/** `name?` → a page about it, or a line that there is nothing to tell. */
async function answerHelp(
  context: Context,
  { message, shell }: Request,
  { name, withSource }: Help,
): Promise<Payload[]> {
  const data = await describe(context, shell, name, name.length, withSource);
  if (data !== undefined) return [{ source: "page", data, start: 0 }];
  context.publisher.stream("stdout", `Nothing is known of ${name}.\n`, message.header);
  return [];
}

/** True when a failed cell takes the queued ones with it. */
export function stopsQueue(request: Request, reply: JsonObject): boolean {
  return reply["status"] === "error" && readExecution(request.message.content).stopOnError;
}

function readExecution(content: JsonObject): Execution {
  const silent = content["silent"] === true;
  const expressions = content["user_expressions"];
  return {
    code: typeof content["code"] === "string" ? content["code"] : "",
    silent,
    storeHistory: !silent && content["store_history"] !== false,
    allowStdin: content["allow_stdin"] !== false,
    stopOnError: content["stop_on_error"] !== false,
    expressions:
      typeof expressions === "object" && expressions !== null ? (expressions as Record<string, unknown>) : {},
  };
}

async function runCell(
  context: Context,
  request: Request,
  execution: Execution,
  count: number,
): Promise<Outcome> {
  context.runs += 1;
  const run = context.runs;
  const { prefix, running } = request.shell;
  const name = execution.storeHistory ? `${prefix}cell ${count}` : `${prefix}cell ${count} run ${run}`;
  const cell = await runMagics(context, running, name, execution.code);
  if ("error" in cell) return { expressions: {}, error: cell.error };
  const program = compile(name, cell.code, { original: execution.code, calls: cell.calls });
  if ("error" in program) return { expressions: {}, error: program.error };
  const installs = cell.magics.some(({ name: magic }) => magic === "install");
  const faults = await checkTypes(context, request, { ...execution, code: cell.plain }, name, installs);
  if (faults !== undefined) return { expressions: {}, error: faults };
  await context.debugger.willRun(name, execution.code, program, program.names);
  if (running?.interrupted === true) {
    const evalue = "The cell was interrupted before it ran.";
    return {
      expressions: {},
      error: { ename: "Interrupted", evalue, traceback: [`Interrupted: ${evalue}`] },
    };
  }
  remember(context, run, cellRequest(request, count));
  const expressions = Object.fromEntries(
    Object.entries(execution.expressions).map(([key, code]) => [
      key,
      typeof code === "string" ? compile(`expression ${key}`, code) : { error: noText(key) },
    ]),
  );
  const { silent, allowStdin } = execution;
  const outcome = await context.cells.run({
    kind: "run",
    run,
    messageId: request.message.header.msg_id,
    name,
    program,
    silent,
    allowStdin,
    expressions,
  });
  context.debugger.ended();
  if (outcome.lost === true) {
    context.language.forget();
    forgetComms(context);
  } else context.language.keep(cell.plain, { count, produced: running?.produced === true });
  if (installs) context.language.noticePackages();
  context.editors.refresh(context);
  return outcome;
}

function noText(key: string): ErrorReport {
  const evalue = `The expression ${key} is not a text.`;
  return { ename: "TypeError", evalue, traceback: [`TypeError: ${evalue}`] };
}

function compile(
  name: string,
  code: string,
  options: TransformOptions = {},
): CellProgram | { readonly error: ErrorReport } {
  const transformed = transformCell(code, options);
  if (transformed.ok) return transformed.program;
  return { error: syntaxReport(name, options.original ?? code, transformed.fault) };
}

/** Shows the type errors of a cell; an error report where they keep it from running. */
async function checkTypes(
  context: Context,
  request: Request,
  execution: Execution,
  name: string,
  installs: boolean,
): Promise<ErrorReport | undefined> {
  if (context.typeCheck === "off" || execution.silent) return undefined;
  const answer = context.language
    .check(execution.code)
    .then((found) => (found ?? []).filter(({ code }) => !installs || code !== MODULE_MISSING))
    .then((found) => found.map((one) => formatDiagnostic(name, execution.code, one)));
  const found = await Promise.race([answer, delay(TYPE_GATE[context.typeCheck], undefined, { ref: false })]);
  const show = (texts: readonly string[]): void => {
    if (texts.length > 0) context.publisher.stream("stderr", `${texts.join("\n")}\n`, request.message.header);
  };
  if (found === undefined) {
    // too late to hold the cell up, but not to tell, while it runs
    void answer.then((texts) => {
      if (request.shell.running?.request === request) show(texts);
    });
    return undefined;
  }
  if (context.typeCheck === "warn" || found.length === 0) {
    show(found);
    return undefined;
  }
  const traceback = found.flatMap((text) => text.split("\n"));
  return { ename: "TypeCheckError", evalue: traceback[0], traceback };
}

function formatDiagnostic(name: string, code: string, found: Diagnostic): string {
  const text = code.split("\n")[found.line - 1] ?? "";
  const gutter = `${found.line} | `;
  const caret = `${" ".repeat(gutter.length + found.column - 1)}${"^".repeat(Math.max(1, found.length))}`;
  return `${name}:${found.line}:${found.column} TS${found.code}: ${found.message}\n  ${gutter}${text}\n  ${caret}`;
}

function remember(context: Context, run: number, request: CellRequest): void {
  context.requests.set(run, request);
  const oldest = context.requests.keys().next().value;
  if (context.requests.size > REMEMBERED && oldest !== undefined) context.requests.delete(oldest);
}
