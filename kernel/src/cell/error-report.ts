import { inspect } from "node:util";
import type { ErrorReport } from "../link/index.js";
import { sourceLines } from "./source-lines.js";
import { errorPlace } from "./stack.js";

/** Anything thrown → what the front end shows: the message, the user's own line, the path to it. */
export function reportError(thrown: unknown): ErrorReport {
  if (!isError(thrown)) {
    const evalue = typeof thrown === "string" ? thrown : inspect(thrown, { depth: 2 });
    const ename = typeof thrown === "object" && thrown !== null ? "Object" : typeof thrown;
    return { ename, evalue, traceback: [`Thrown: ${evalue}`] };
  }
  const place = errorPlace(thrown);
  const told = toldError(thrown);
  const ename = told?.code ?? thrown.name;
  const evalue = told?.sentence ?? String(thrown.message);
  const traceback = [`${ename}: ${evalue}`];
  if (told?.where) traceback.push(`  at: ${told.where}`);
  if (told?.hint) traceback.push(`  hint: ${told.hint}`);
  if (place) traceback.push("", ...sourceLines(place));
  // an error told in the user's words needs no stack
  const frames = told === undefined ? stackFrames(thrown) : [];
  if (frames.length > 0) traceback.push("", ...frames);
  traceback.push(...causes(thrown));
  return { ename, evalue, traceback };
}

interface Told {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string;
  readonly where: string;
}

/** Errors that speak to the user: a `sentence` and a `hint`, whoever's class they are. */
function toldError(error: Error): Told | undefined {
  const { code, sentence, hint, where } = error as Error & Record<string, unknown>;
  if (typeof hint !== "string") return undefined;
  return {
    code: typeof code === "string" ? code : error.name,
    sentence: typeof sentence === "string" ? sentence : error.message,
    hint,
    where: typeof where === "string" ? where : "",
  };
}

function stackFrames(error: Error): string[] {
  const stack = typeof error.stack === "string" ? error.stack.split("\n") : [];
  return stack.filter((line) => line.startsWith("    at ") && !/[( ]node:/.test(line));
}

function causes(error: Error, depth = 0): string[] {
  if (depth > 5) return [];
  const inner =
    error instanceof AggregateError ? [...error.errors] : error.cause === undefined ? [] : [error.cause];
  return inner.flatMap((cause: unknown) => {
    if (!isError(cause)) return ["", `Caused by: ${inspect(cause, { depth: 1 })}`];
    const frames = stackFrames(cause).slice(0, 4);
    return ["", `Caused by: ${cause.name}: ${cause.message}`, ...frames, ...causes(cause, depth + 1)];
  });
}

function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
}
