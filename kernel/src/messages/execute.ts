import type { CellProgram, ErrorReport, Order, Payload } from "../link/index.js";
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
import { checkTypes, type TypeCheck } from "./check-types.js";
import { type CellRequest, cellRequest, type Context, type Request } from "./context.js";
import { describe } from "./describe.js";
import { publishReport } from "./outputs.js";
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

type RunOrder = Extract<Order, { kind: "run" }>;

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
  // front ends are busy with it while the cell is made ready
  context.flush();
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
  const installs = cell.magics.some(({ name: magic }) => magic === "install");
  const check = execution.silent
    ? undefined
    : checkTypes(context, request, { name, code: cell.plain, installs });
  await Promise.resolve(); // the language server has its question before the cell is compiled
  const program = compile(name, cell.code, { original: execution.code, calls: cell.calls });
  if ("error" in program) return { expressions: {}, error: program.error };
  const faults = await check?.refuse();
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
  const outcome = await runBesideCheck(context, check, {
    kind: "run",
    run,
    messageId: request.message.header.msg_id,
    name,
    program,
    silent: execution.silent,
    allowStdin: execution.allowStdin,
    expressions: compileExpressions(execution),
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

function compileExpressions({ expressions }: Execution): RunOrder["expressions"] {
  return Object.fromEntries(
    Object.entries(expressions).map(([key, code]) => [
      key,
      typeof code === "string" ? compile(`expression ${key}`, code) : { error: noText(key) },
    ]),
  );
}

/** Runs the cell while its types are checked; what it shows comes after the type errors, as if it had waited for them. */
async function runBesideCheck(
  context: Context,
  check: TypeCheck | undefined,
  order: RunOrder,
): Promise<Outcome> {
  if (check?.told !== false) return context.cells.run(order);
  context.held.hold(order.run);
  const told = check
    .tell()
    .finally(() =>
      context.held.release(order.run, (report, buffers) => publishReport(context, report, buffers)),
    );
  const [outcome] = await Promise.all([context.cells.run(order), told]);
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

function remember(context: Context, run: number, request: CellRequest): void {
  context.requests.set(run, request);
  const oldest = context.requests.keys().next().value;
  if (context.requests.size > REMEMBERED && oldest !== undefined) context.requests.delete(oldest);
}
