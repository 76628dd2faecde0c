import type { SourceBreakpoint } from "./breakpoints.js";
import type { STEPS } from "./pauses.js";
import {
  type Command,
  type DebugSession,
  type Json,
  needAttached,
  needStopped,
  pathOf,
  Refusal,
} from "./session.js";

/** Requests that say where to stop, and how to go on. */
export const CONTROL: Readonly<Record<string, Command>> = {
  configurationDone: () => {},
  setBreakpoints,
  setExceptionBreakpoints,
  continue: async (session) => {
    await go(session);
    return { allThreadsContinued: true };
  },
  next: (session) => go(session, "next"),
  stepIn: (session) => go(session, "stepIn"),
  stepOut: (session) => go(session, "stepOut"),
  pause: async (session) => {
    needAttached(session);
    if (session.stop === undefined) await session.pauses.pause();
  },
};

async function go(session: DebugSession, step?: keyof typeof STEPS): Promise<void> {
  needStopped(session);
  await session.pauses.go(step);
}

async function setBreakpoints(session: DebugSession, args: Json): Promise<Json> {
  needAttached(session);
  const path = pathOf(args["source"]);
  if (path === "") throw new Refusal("setBreakpoints names no source.path.");
  const lines = Array.isArray(args["lines"]) ? args["lines"].map((line: unknown) => ({ line })) : [];
  const asked = (Array.isArray(args["breakpoints"]) ? args["breakpoints"] : lines) as SourceBreakpoint[];
  const fromOne = 1 - session.from.line;
  const told = await session.breakpoints.replace(
    path,
    asked.map((one) => ({ ...one, line: one.line + fromOne })),
  );
  return { breakpoints: told.map((one) => ({ ...one, line: one.line - fromOne })) };
}

async function setExceptionBreakpoints(session: DebugSession, args: Json): Promise<Json> {
  needAttached(session);
  const filters = (Array.isArray(args["filters"]) ? args["filters"] : []) as readonly unknown[];
  await session.pauses.filter({ caught: filters.includes("caught"), uncaught: filters.includes("uncaught") });
  return {
    breakpoints: filters.map((filter) => ({ verified: filter === "caught" || filter === "uncaught" })),
  };
}
