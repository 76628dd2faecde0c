import type { ErrorReport } from "../link/index.js";
import { engineHint } from "./engine-hints.js";
import { stackFrames } from "./frames.js";
import { isError, safely, showValue, textOf } from "./safely.js";
import { sourceLines } from "./source-lines.js";
import { errorPlace } from "./stack.js";

/** How many causes and parts are followed, and how many frames each shows. */
const CAUSES = { depth: 5, parts: 8, frames: 4 } as const;

/** Anything thrown → what the front end shows: the message, the user's own line, the path to it. Never throws. */
export function reportError(thrown: unknown): ErrorReport {
  if (!isError(thrown)) return reportThrown(thrown);
  const place = safely(() => errorPlace(thrown), undefined);
  const told = toldError(thrown);
  const ename = told?.code ?? textOf(thrown, "name", "Error");
  const evalue = told?.sentence ?? textOf(thrown, "message", "");
  const traceback = [headline(ename, evalue)];
  if (told?.where) traceback.push(`  at: ${told.where}`);
  const hint = told?.hint ?? engineHint(ename, evalue);
  if (hint) traceback.push(`  hint: ${hint}`);
  if (told === undefined) traceback.push(...properties(thrown));
  if (place) traceback.push("", ...sourceLines(place));
  // an error told in the user's words needs no stack
  const frames = told === undefined ? stackFrames(thrown) : [];
  if (frames.length > 0) traceback.push("", ...frames);
  traceback.push(...causes(thrown, 0, new Set([thrown])));
  return { ename, evalue, traceback };
}

/** `throw "text"`, `throw null`, `throw {}`: such values carry no line. */
function reportThrown(thrown: unknown): ErrorReport {
  const evalue = typeof thrown === "string" ? thrown : showValue(thrown, 2);
  const ename = typeof thrown === "object" && thrown !== null ? "Object" : typeof thrown;
  const hint = "  hint: Throw an Error to be shown the line that threw it.";
  return { ename, evalue, traceback: [`Thrown: ${evalue}`, hint] };
}

const headline = (name: string, message: string): string => (message === "" ? name : `${name}: ${message}`);

interface Told {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string;
  readonly where: string;
}

/** Errors that speak to the user: a `sentence` and a `hint`, whoever's class they are. */
function toldError(error: Error): Told | undefined {
  return safely(() => {
    const { code, sentence, hint, where } = error as Error & Record<string, unknown>;
    if (typeof hint !== "string") return undefined;
    return {
      code: typeof code === "string" ? code : textOf(error, "name", "Error"),
      sentence: typeof sentence === "string" ? sentence : textOf(error, "message", ""),
      hint,
      where: typeof where === "string" ? where : "",
    };
  }, undefined);
}

const STANDARD = new Set(["name", "message", "stack", "cause", "errors"]);

/** What else an error carries; not for errors of the operating system, whose message says it all. */
function properties(error: Error): string[] {
  return safely(() => {
    if ("syscall" in error && "errno" in error) return [];
    return Object.keys(error)
      .filter((key) => !STANDARD.has(key))
      .slice(0, 8)
      .map((key) => `  ${key}: ${showValue((error as unknown as Record<string, unknown>)[key], 1)}`);
  }, []);
}

function causes(error: Error, depth: number, seen: Set<unknown>): string[] {
  const parts = safely(
    () => (error instanceof AggregateError ? [...(error.errors as unknown[])] : []),
    [] as unknown[],
  );
  const shown = parts.slice(0, CAUSES.parts);
  const lines = shown.flatMap((part, i) => inner(`[${i + 1} of ${parts.length}]`, part, depth, seen));
  if (parts.length > shown.length) lines.push("", `… ${parts.length - shown.length} more`);
  const cause = safely(() => ("cause" in error ? error.cause : undefined), undefined);
  if (cause !== undefined) lines.push(...inner("Caused by:", cause, depth, seen));
  return lines;
}

function inner(label: string, value: unknown, depth: number, seen: Set<unknown>): string[] {
  if (!isError(value)) return ["", `${label} ${showValue(value, 1)}`];
  const head = `${label} ${headline(textOf(value, "name", "Error"), textOf(value, "message", ""))}`;
  if (seen.has(value)) return ["", `${head} (shown above)`];
  seen.add(value);
  if (depth >= CAUSES.depth) return ["", `${head} …`];
  return ["", head, ...stackFrames(value).slice(0, CAUSES.frames), ...causes(value, depth + 1, seen)];
}
