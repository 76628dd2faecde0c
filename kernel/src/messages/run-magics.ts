import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { KernelError } from "../errors.js";
import type { ErrorReport } from "../link/index.js";
import { type Magic, type SplitCell, splitMagics } from "../magics/index.js";
import { magicCalls, type MagicCalls, syntaxReport } from "../session/index.js";
import { forgetComms } from "./comm.js";
import type { Context, Running, TypeCheckMode } from "./context.js";

/** A cell whose magics are understood, and done as far as they concern the kernel. */
export interface ReadCell extends SplitCell {
  readonly calls: MagicCalls;
}

export const TYPE_CHECK_MODES: readonly string[] = ["warn", "block", "off"];

/** The magics of a cell; an error report for one that does not exist or is used wrongly. */
export async function runMagics(
  context: Context,
  running: Running | undefined,
  name: string,
  code: string,
): Promise<ReadCell | { readonly error: ErrorReport }> {
  const split = splitMagics(code, context.language.knows);
  if (split.fault !== undefined) return { error: magicReport(name, code, split.fault) };
  const kept: Magic[] = [];
  for (const magic of split.magics) {
    try {
      kept.push(await runMagic(context, running, magic));
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const { start, end } = magic;
      return { error: magicReport(name, code, { message: error.sentence, help: error.hint, start, end }) };
    }
  }
  return { ...split, calls: magicCalls(kept, context.autoreload) };
}

function magicReport(name: string, code: string, fault: NonNullable<SplitCell["fault"]>): ErrorReport {
  const { evalue, traceback } = syntaxReport(name, code, fault);
  return { ename: "E_MAGIC", evalue, traceback: [`E_MAGIC: ${evalue}`, ...traceback.slice(1)] };
}

/** A magic that leaves nothing to the cell process. */
const done = (magic: Magic): Magic => ({ ...magic, name: "nothing" });

/** What is left for the cell process to do. */
async function runMagic(context: Context, running: Running | undefined, magic: Magic): Promise<Magic> {
  switch (magic.name) {
    case "typecheck":
      return setTypeCheck(context, magic);
    case "autoreload":
      context.autoreload = oneOf(magic, ["on", "off"], "on") === "on";
      return done(magic);
    case "load":
      running?.payload.push({ source: "set_next_input", text: loadFile(magic.argument), replace: true });
      return done(magic);
    case "reset":
      await context.cells.restart();
      context.language.forget();
      forgetComms(context);
      return done(magic);
    default:
      return magic;
  }
}

function setTypeCheck(context: Context, magic: Magic): Magic {
  if (magic.argument === "")
    return { ...magic, name: "print", argument: `Type errors: ${context.typeCheck}` };
  context.typeCheck = oneOf(magic, TYPE_CHECK_MODES) as TypeCheckMode;
  return done(magic);
}

function oneOf(magic: Magic, words: readonly string[], otherwise?: string): string {
  const word = magic.argument === "" ? otherwise : magic.argument;
  if (word !== undefined && words.includes(word)) return word;
  throw new KernelError("E_MAGIC", `%${magic.name} does not know ${JSON.stringify(magic.argument)}.`, {
    hint: `One of ${words.join(", ")}.`,
  });
}

function loadFile(argument: string): string {
  const path = argument.replace(/^(["'])(.*)\1$/, "$2");
  if (path === "")
    throw new KernelError("E_MAGIC", "%load needs a file.", { hint: "For example: %load lib.ts" });
  try {
    return `// %load ${path}\n${readFileSync(resolve(path), "utf8")}`;
  } catch (cause) {
    throw new KernelError("E_MAGIC", `The file ${path} cannot be read.`, {
      hint: "Check the path; it starts from the notebook's folder.",
      cause,
    });
  }
}
