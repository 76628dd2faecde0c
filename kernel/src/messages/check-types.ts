import type { Diagnostic } from "../checker/index.js";
import type { ErrorReport } from "../link/index.js";
import type { Context, Request } from "./context.js";

/** How long, in ms, a cell waits for its types to be checked; where errors keep it from running, it waits longer. */
const TYPE_GATE = { warn: 300, block: 10_000 } as const;
/** TypeScript's code for a module that it cannot find. */
const MODULE_MISSING = 2307;

/** A check under way. */
export interface TypeCheck {
  /** Whether nothing is left to be told, or to be waited for. */
  readonly told: boolean;
  /** An error report where type errors keep the cell from running; that is waited for. */
  readonly refuse: () => Promise<ErrorReport | undefined>;
  /** Shows the type errors: when this resolves, or, where they take longer, as soon as they are there and the cell still runs. */
  readonly tell: () => Promise<void>;
}

export interface CheckedCell {
  readonly name: string;
  readonly code: string;
  /** It installs packages: what it imports may be missing now. */
  readonly installs: boolean;
}

/** Has the types of a cell checked, unless that is off. */
export function checkTypes(context: Context, request: Request, cell: CheckedCell): TypeCheck | undefined {
  const { typeCheck: mode, language, publisher } = context;
  if (mode === "off") return undefined;
  const answer = language.check(cell.code).then((found) => describeFaults(cell, found ?? []));
  const show = (texts: readonly string[]): void => {
    if (texts.length > 0) publisher.stream("stderr", `${texts.join("\n")}\n`, request.message.header);
  };
  const showLater = (): void =>
    void answer.then((texts) => {
      if (request.shell.running?.request === request) show(texts);
    });
  return {
    told: mode === "block",
    refuse: async () => {
      if (mode !== "block") return undefined;
      const found = await inTime(answer, TYPE_GATE.block);
      if (found === undefined) showLater();
      return found === undefined || found.length === 0 ? undefined : reportFaults(found);
    },
    tell: async () => {
      const found = await inTime(answer, TYPE_GATE.warn);
      if (found === undefined) showLater();
      else show(found);
    },
  };
}

async function inTime<T>(answer: Promise<T>, patience: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patience);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

const describeFaults = ({ name, code, installs }: CheckedCell, found: readonly Diagnostic[]): string[] =>
  found
    .filter((one) => !installs || one.code !== MODULE_MISSING)
    .map((one) => formatDiagnostic(name, code, one));

function reportFaults(texts: readonly string[]): ErrorReport {
  const traceback = texts.flatMap((text) => text.split("\n"));
  return { ename: "TypeCheckError", evalue: traceback[0], traceback };
}

function formatDiagnostic(name: string, code: string, found: Diagnostic): string {
  const text = code.split("\n")[found.line - 1] ?? "";
  const gutter = `${found.line} | `;
  const caret = `${" ".repeat(gutter.length + found.column - 1)}${"^".repeat(Math.max(1, found.length))}`;
  return `${name}:${found.line}:${found.column} TS${found.code}: ${found.message}\n  ${gutter}${text}\n  ${caret}`;
}
